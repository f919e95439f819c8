//go:build linux && !race && !msan && !386 && !s390x

package client

import (
	"syscall"
	"unsafe"
)

// quickBytes is the most that one raw system call copies, which takes a few microseconds. The runtime knows of longer ones,
// so that it can let other goroutines run meanwhile.
const quickBytes = 32 << 10

// readSocket reads into b. REQUIRES: the socket does not block, and b is not empty.
//
// It is a raw system call, as in writeSocket: before another one the runtime wakes its monitor, if the process was
// idle, as it is between the requests of a lone caller. That costs more than the call, and takes a core from the node when
// both run on the same machine. The race detector follows only those of package syscall, so with it they are used.
func readSocket(fd int, b []byte) (int, error) {
	if len(b) > quickBytes {
		return syscall.Read(fd, b)
	}
	return quick(syscall.SYS_READ, fd, b)
}

// writeSocket writes what the socket takes of b. REQUIRES: the socket does not block.
func writeSocket(fd int, b []byte) (int, error) {
	if len(b) > quickBytes {
		return syscall.Write(fd, b)
	}
	return quick(syscall.SYS_WRITE, fd, b)
}

// peekSocket reads into b, at most quickBytes, and leaves what it read in the socket. REQUIRES: as readSocket.
func peekSocket(fd int, b []byte) (int, error) {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)),
		syscall.MSG_PEEK, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// quick is a raw system call on a descriptor and bytes. REQUIRES: it does not block.
func quick(call uintptr, fd int, b []byte) (int, error) {
	n, _, errno := syscall.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
