package reactor

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// read reads from a socket into b. REQUIRES: the socket does not block, and b is not empty.
func read(fd int, b []byte) (n int, err error) {
	r, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	if errno != 0 {
		return 0, errno
	}
	return int(r), nil
}

// write writes b to a socket. REQUIRES: the socket does not block.
//
// It is a raw system call. The runtime would take the processor from the loop during a large write and give
// it back afterwards, for nothing, since the call never waits.
func write(fd int, b []byte) (n int, err error) {
	if len(b) == 0 {
		return 0, nil
	}
	r, _, errno := unix.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	if errno != 0 {
		return 0, errno
	}
	return int(r), nil
}

// received is the number of bytes that a socket has received and that were not read.
func received(fd int) int {
	n, err := unix.IoctlGetInt(fd, unix.SIOCINQ)
	if err != nil {
		return 0
	}
	return n
}
