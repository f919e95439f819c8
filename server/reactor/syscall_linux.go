package reactor

import (
	"os"
	"runtime"
	"strings"
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

// epollWait returns the number of events. If there are none, it waits for some unless wait is false, or a signal comes. The
// runtime is not told: it would take the loop's processor away, which wakes its monitor, and the loop would have to get one
// back. REQUIRES: interruptible.
func epollWait(epoll int, events []unix.EpollEvent, wait bool) int {
	var timeout uintptr
	if wait {
		timeout = ^uintptr(0) // without limit
	}
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epoll), uintptr(unsafe.Pointer(unsafe.SliceData(events))), uintptr(len(events)), timeout, 0, 0)
	if errno != 0 {
		return 0
	}
	return int(n)
}

// interruptible reports whether loops of this number may wait in raw system calls. The garbage collector stops a goroutine by a
// signal, which it repeats until the goroutine has stopped, and the runtime's monitor sends one to a goroutine that has kept
// its processor for 10 ms: each ends the wait. Other goroutines need a processor that no loop has.
func interruptible(loops int) bool {
	return runtime.GOMAXPROCS(0) > loops && !strings.Contains(os.Getenv("GODEBUG"), "asyncpreemptoff=1")
}
