package reactor

import (
	"fmt"
	"sync"

	"golang.org/x/sys/unix"
)

// writability waits for sockets to become writable again, for which gnet has no event. It is one epoll instance with a
// goroutine that wakes each connection once for each arm.
type writability struct {
	epoll, wake int // wake: an eventfd that ends the goroutine
	done        chan struct{}

	mu    sync.Mutex
	conns map[uint64]*Conn // armed at least once and not forgotten
}

func newWritability() (*writability, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("wait for writable sockets: %w", err)
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		unix.Close(epoll)
		return nil, fmt.Errorf("wait for writable sockets: %w", err)
	}
	w := &writability{epoll: epoll, wake: wake, done: make(chan struct{}), conns: map[uint64]*Conn{}}
	if err := unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, wake, &unix.EpollEvent{Events: unix.EPOLLIN}); err != nil {
		unix.Close(epoll)
		unix.Close(wake)
		return nil, fmt.Errorf("wait for writable sockets: %w", err)
	}
	go w.run()
	return w, nil
}

// arm asks for one turn of c when its socket is writable. Loops call it.
func (w *writability) arm(c *Conn) error {
	op := unix.EPOLL_CTL_MOD
	if c.watch == unwatched {
		op = unix.EPOLL_CTL_ADD
		w.mu.Lock()
		w.conns[c.id] = c
		w.mu.Unlock()
	}
	ev := unix.EpollEvent{Events: unix.EPOLLOUT | unix.EPOLLONESHOT, Fd: int32(c.id), Pad: int32(c.id >> 32)}
	return unix.EpollCtl(w.epoll, op, c.FD(), &ev)
}

// forget stops watching c. REQUIRES: its socket is still open.
func (w *writability) forget(c *Conn) {
	if c.watch == unwatched {
		return
	}
	c.watch = unwatched
	_ = unix.EpollCtl(w.epoll, unix.EPOLL_CTL_DEL, c.FD(), nil)
	w.mu.Lock()
	delete(w.conns, c.id)
	w.mu.Unlock()
}

func (w *writability) run() {
	defer close(w.done)
	events := make([]unix.EpollEvent, 128)
	for {
		n, err := unix.EpollWait(w.epoll, events, -1)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return
		}
		for _, ev := range events[:n] {
			id := uint64(uint32(ev.Fd)) | uint64(uint32(ev.Pad))<<32
			if id == 0 {
				return // close
			}
			w.mu.Lock()
			c := w.conns[id]
			w.mu.Unlock()
			if c != nil {
				c.Wake()
			}
		}
	}
}

func (w *writability) close() {
	var one = [8]byte{1}
	_, _ = unix.Write(w.wake, one[:])
	<-w.done
	unix.Close(w.epoll)
	unix.Close(w.wake)
}
