//go:build !linux

package reactor

import "golang.org/x/sys/unix"

// write writes b to a socket. REQUIRES: the socket does not block.
func write(fd int, b []byte) (n int, err error) { return unix.Write(fd, b) }
