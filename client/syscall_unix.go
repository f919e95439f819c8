//go:build unix && (!linux || race || msan || 386 || s390x)

package client

import "syscall"

// readSocket reads into b. REQUIRES: the socket does not block, and b is not empty.
func readSocket(fd int, b []byte) (int, error) { return syscall.Read(fd, b) }

// writeSocket writes what the socket takes of b. REQUIRES: the socket does not block.
func writeSocket(fd int, b []byte) (int, error) { return syscall.Write(fd, b) }

// peekSocket reads into b and leaves what it read in the socket. REQUIRES: as readSocket.
func peekSocket(fd int, b []byte) (int, error) {
	n, _, err := syscall.Recvfrom(fd, b, syscall.MSG_PEEK)
	return n, err
}
