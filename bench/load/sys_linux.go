package load

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Only this file makes system calls that bypass the standard library. Reads and writes bypass the Go scheduler's
// bookkeeping, which is safe because the sockets never block.

const rawConnections = true

// poller waits for sockets.
type poller struct {
	fd     int
	waker  int // an eventfd: wake writes to it
	events [256]unix.EpollEvent
	noNano bool // the kernel is too old to wait for less than a millisecond
}

func newPoller() (*poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	p := &poller{fd: fd}
	if p.waker, err = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC); err != nil {
		closeSocket(fd)
		return nil, fmt.Errorf("eventfd: %w", err)
	}
	if err := p.add(p.waker, wakerID); err != nil {
		p.close()
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return p, nil
}

// wakerID is what ready reports after wake.
const wakerID = -1

func (p *poller) close() {
	closeSocket(p.waker)
	closeSocket(p.fd)
}

// wake ends a wait of another thread, until that calls woken.
func (p *poller) wake() {
	_, _ = unix.Write(p.waker, []byte{1, 0, 0, 0, 0, 0, 0, 0}) // cannot fail below 2^64
}

func (p *poller) woken() {
	var b [8]byte
	_, _ = unix.Read(p.waker, b[:]) // nothing to read: it was read before
}

// add watches fd for input; ready reports it as id.
func (p *poller) add(fd, id int) error {
	return unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(id)})
}

// addEdge watches fd edge-triggered for input, and with output for write readiness too, reported as id.
func (p *poller) addEdge(fd, id int, output bool) error {
	e := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET&0xffffffff, Fd: int32(id)}
	if output {
		e.Events |= unix.EPOLLOUT
	}
	return unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, fd, &e)
}

// watch sets whether fd is polled for input, and for write readiness.
func (p *poller) watch(fd, id int, input, output bool) error {
	e := unix.EpollEvent{Fd: int32(id)}
	if input {
		e.Events = unix.EPOLLIN
	}
	if output {
		e.Events |= unix.EPOLLOUT
	}
	return unix.EpollCtl(p.fd, unix.EPOLL_CTL_MOD, fd, &e)
}

// wait returns how many sockets are ready, after at most ns nanoseconds.
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

// ready returns the id of the i-th ready socket, and what it is ready for.
func (p *poller) ready(i int) (id int, in, out bool) {
	e := &p.events[i]
	return int(e.Fd), e.Events&^unix.EPOLLOUT != 0, e.Events&unix.EPOLLOUT != 0
}

// rawRead reads without blocking; again is true if nothing can be read now. 0 bytes without an error mean end of file.
func rawRead(fd int, b []byte) (n int, again bool, err error) {
	r, _, errno := syscall.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
	return settle(r, errno)
}

// rawDrop is like rawRead, but drops up to len(b) bytes in the kernel instead of copying them.
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

// takeSocket duplicates the descriptor of c, outside Go's poller, and closes c.
func takeSocket(c net.Conn) (fd int, err error) {
	defer c.Close() //nolint:errcheck // the duplicate stays open
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
		f.Close() //nolint:errcheck // the duplicate stays open
		ends[i], err = c, errors.Join(err, e)
	}
	return ends[0], ends[1], err
}

func closeSocket(fd int) { unix.Close(fd) } //nolint:errcheck // cannot be handled

// threadCPU is the CPU time of the calling thread in nanoseconds.
func threadCPU() int64 {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts) != nil {
		return 0
	}
	return ts.Nano()
}

// sharpenTimers removes the calling thread's timer slack, by which the kernel may wake it 50 us late.
func sharpenTimers() {
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0) // waits are a little less exact without it
}

// timeAsleep is for how long the machine has slept since it was started, during which the clock of time.Now stands.
func timeAsleep() time.Duration {
	var boot, running unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &boot) != nil || unix.ClockGettime(unix.CLOCK_MONOTONIC, &running) != nil {
		return 0
	}
	return time.Duration(boot.Nano() - running.Nano()).Round(time.Millisecond) // the clocks are not read at once
}
