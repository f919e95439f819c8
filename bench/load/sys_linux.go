package load

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// This file is all that touches the kernel beneath the standard library. Reading and writing go past
// the scheduler's bookkeeping: the sockets never block, so there is nothing to tell it.

const rawConnections = true

// poller waits for sockets.
type poller struct {
	fd     int
	events [256]unix.EpollEvent
	noNano bool // the kernel is too old to wait for less than a millisecond
}

func newPoller() (*poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return &poller{fd: fd}, nil
}

func (p *poller) close() { unix.Close(p.fd) } //nolint:errcheck // nothing to do about it

// add watches fd for input, under the name id.
func (p *poller) add(fd, id int) error {
	return unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(id)})
}

// addEdge watches fd for each arrival of input, and with output for each time that there is room again, under the name id.
func (p *poller) addEdge(fd, id int, output bool) error {
	e := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET&0xffffffff, Fd: int32(id)}
	if output {
		e.Events |= unix.EPOLLOUT
	}
	return unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, fd, &e)
}

// watch sets whether fd is watched for room for output too.
func (p *poller) watch(fd, id int, output bool) error {
	e := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(id)}
	if output {
		e.Events |= unix.EPOLLOUT
	}
	return unix.EpollCtl(p.fd, unix.EPOLL_CTL_MOD, fd, &e)
}

// wait returns how many sockets are ready, after at most so many nanoseconds.
func (p *poller) wait(ns int64) int {
	if ns <= 0 || p.noNano {
		n, _ := unix.EpollWait(p.fd, p.events[:], int((max(ns, 0)+999_999)/1_000_000))
		return max(n, 0)
	}
	ts := unix.NsecToTimespec(ns)
	n, _, errno := syscall.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(p.fd), uintptr(unsafe.Pointer(&p.events[0])),
		uintptr(len(p.events)), uintptr(unsafe.Pointer(&ts)), 0, 0)
	switch errno {
	case 0:
		return int(n)
	case unix.ENOSYS, unix.EPERM:
		p.noNano = true
	}
	return 0
}

// ready is the name of the i-th socket that is ready, and for what.
func (p *poller) ready(i int) (id int, in, out bool) {
	e := &p.events[i]
	return int(e.Fd), e.Events&^unix.EPOLLOUT != 0, e.Events&unix.EPOLLOUT != 0
}

// rawRead reads what there is; again is true when there is nothing, 0 bytes and no error mean the end.
func rawRead(fd int, b []byte) (n int, again bool, err error) {
	r, _, errno := syscall.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
	return settle(r, errno)
}

// rawDrop is rawRead that leaves b as it is: the kernel drops up to so many bytes.
func rawDrop(fd int, b []byte) (n int, again bool, err error) {
	r, _, errno := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), unix.MSG_TRUNC, 0, 0)
	return settle(r, errno)
}

func rawWrite(fd int, b []byte) (n int, again bool, err error) {
	r, _, errno := syscall.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
	return settle(r, errno)
}

func settle(r uintptr, errno syscall.Errno) (int, bool, error) {
	switch errno {
	case 0:
		return int(r), false, nil
	case unix.EAGAIN, unix.EINTR:
		return 0, true, nil
	}
	return 0, false, errno
}

// takeSocket takes the descriptor out of c, which is closed, and out of the reach of Go's poller.
func takeSocket(c net.Conn) (fd int, err error) {
	defer c.Close() //nolint:errcheck // it is a duplicate that is used
	f, err := c.(interface{ File() (*os.File, error) }).File()
	if err != nil {
		return 0, err
	}
	defer f.Close() //nolint:errcheck // likewise
	raw, err := f.SyscallConn()
	if err != nil {
		return 0, err
	}
	if e := raw.Control(func(from uintptr) { fd, err = unix.FcntlInt(from, unix.F_DUPFD_CLOEXEC, 0) }); e != nil {
		return 0, e
	}
	if err != nil {
		return 0, err
	}
	return fd, unix.SetNonblock(fd, true)
}

// socketPair returns two sockets that are connected to each other.
func socketPair() (near, far net.Conn, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	var ends [2]net.Conn
	for i, fd := range fds {
		f := os.NewFile(uintptr(fd), "pair")
		c, e := net.FileConn(f)
		f.Close() //nolint:errcheck // it is a duplicate that is used
		ends[i], err = c, errors.Join(err, e)
	}
	return ends[0], ends[1], err
}

func closeSocket(fd int) { unix.Close(fd) } //nolint:errcheck // nothing to do about it

// threadCPU is the CPU time of the calling thread in nanoseconds.
func threadCPU() int64 {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts) != nil {
		return 0
	}
	return ts.Nano()
}

// sharpenTimers has the calling thread woken when it asked for, and not up to 50 us later.
func sharpenTimers() {
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0) // waits are a little less exact without it
}
