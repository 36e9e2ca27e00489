//go:build unix

package duckdb

import "golang.org/x/sys/unix"

// freeDisk returns how many bytes the file system of a directory has left for us.
func freeDisk(dir string) (uint64, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return 0, err
	}
	return fs.Bavail * uint64(fs.Bsize), nil
}
