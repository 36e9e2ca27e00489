package server

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// errLocked means that another process holds a lock.
var errLocked = errors.New("locked by another process")

// folderLock holds a data folder for this process. The operating system releases it when the process dies, however it
// dies; the file stays.
type folderLock struct{ file *os.File }

// lockFolder takes the lock of a data folder, which must exist.
func lockFolder(folder string) (*folderLock, error) {
	file, err := os.OpenFile(filepath.Join(folder, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := tryLock(file); err != nil {
		if errors.Is(err, errLocked) {
			err = fmt.Errorf("data folder %s is in use by %s; stop it, or name another folder with --data-dir", folder, holder(file))
		} else {
			err = fmt.Errorf("lock data folder %s: %w", folder, err)
		}
		return nil, errors.Join(err, file.Close())
	}
	if err := writePID(file); err != nil {
		return nil, errors.Join(fmt.Errorf("lock data folder %s: %w", folder, err), file.Close())
	}
	return &folderLock{file}, nil
}

// writePID leaves this process's number for whoever finds the lock taken. Nothing is decided by it.
func writePID(file *os.File) error {
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err := file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// holder names the process that holds a lock.
func holder(file *os.File) string {
	text, err := io.ReadAll(io.LimitReader(file, 20))
	if pid := strings.TrimSpace(string(text)); err == nil && pid != "" {
		return "another hearth (process " + pid + ")"
	}
	return "another hearth"
}

func (l *folderLock) release() error { return l.file.Close() }
