package lru

import (
	"os"

	"golang.org/x/sys/unix"
)

// memfd is Options.Shared of tests.
func memfd(int64) (*os.File, error) {
	fd, err := unix.MemfdCreate("lru", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "lru"), nil
}
