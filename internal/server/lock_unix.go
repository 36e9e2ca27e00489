//go:build unix

package server

import (
	"errors"
	"os"
	"syscall"
)

// tryLock locks a file for as long as it is open. errLocked means that another process has it.
func tryLock(file *os.File) error {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errLocked
	}
	return err
}
