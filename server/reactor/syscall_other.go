//go:build !linux

package reactor

import "golang.org/x/sys/unix"

// write writes b to a socket. REQUIRES: the socket does not block.
func write(fd int, b []byte) (n int, err error) { return unix.Write(fd, b) }

// interruptible: only on Linux loops wait in system calls of their own.
func interruptible(int) bool { return false }

// received is the most bytes that a socket is likely to have received: only Linux is asked for their number.
func received(int) int { return 8 << 20 }
