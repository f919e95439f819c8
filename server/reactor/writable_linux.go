package reactor

import (
	"fmt"
	"sync"

	"github.com/panjf2000/gnet/v2/pkg/netpoll"
	"golang.org/x/sys/unix"
)

// writability waits until sockets of a loop are writable again, since gnet has no event for that. It is an epoll instance that
// names each connection once for each arm. gnet's own epoll instance watches it if that is possible, and the loop then gives
// these connections their turns in gnet's event; else a goroutine wakes them.
type writability struct {
	epoll   int
	watched *netpoll.PollAttachment // to which gnet's epoll instance points, so it must stay referenced; nil: the goroutine waits
	wake    int                     // an eventfd that ends the goroutine
	done    chan struct{}           // closed when it has ended

	mu    sync.Mutex
	conns map[uint64]*Conn // armed at least once and not forgotten
}

// newWritability makes the writability of l. REQUIRES: l has no connection yet.
func newWritability(l *Loop) (*writability, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("wait for writable sockets: %w", err)
	}
	w := &writability{epoll: epoll, conns: map[uint64]*Conn{}}
	if l.inside.poller != 0 {
		w.watched = watchedBy(l.inside.poller, epoll, func() { w.turns(l) })
	}
	if w.watched != nil {
		return w, nil
	}
	if err := w.start(); err != nil {
		unix.Close(epoll)
		return nil, err
	}
	return w, nil
}

// start starts the goroutine.
func (w *writability) start() error {
	var err error
	if w.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return fmt.Errorf("wait for writable sockets: %w", err)
	}
	if err := unix.EpollCtl(w.epoll, unix.EPOLL_CTL_ADD, w.wake, &unix.EpollEvent{Events: unix.EPOLLIN}); err != nil {
		unix.Close(w.wake)
		return fmt.Errorf("wait for writable sockets: %w", err)
	}
	w.done = make(chan struct{})
	go w.run()
	return nil
}

// arm asks for one turn of c when its socket is writable. The loop calls it.
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

// named returns the connection that an event names; nil if it was forgotten meanwhile. end: the event is that of wake.
func (w *writability) named(ev *unix.EpollEvent) (c *Conn, end bool) {
	id := uint64(uint32(ev.Fd)) | uint64(uint32(ev.Pad))<<32
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.conns[id], id == 0
}

// turns gives the connections that are writable now their turns, on the goroutine of their loop l. gnet calls it again as
// long as there are more.
func (w *writability) turns(l *Loop) {
	var events [64]unix.EpollEvent
	n, _ := unix.EpollWait(w.epoll, events[:], 0)
	if n <= 0 {
		return
	}
	l.now = l.r.Clock()
	for i := range events[:n] {
		if c, _ := w.named(&events[i]); c != nil {
			l.turn(c)
		}
	}
}

// run is the goroutine.
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
		for i := range events[:n] {
			c, end := w.named(&events[i])
			if end {
				return
			}
			if c != nil {
				c.Wake()
			}
		}
	}
}

// close REQUIRES: the loop has ended.
func (w *writability) close() {
	if w.done != nil {
		var one = [8]byte{1}
		_, _ = unix.Write(w.wake, one[:])
		<-w.done
		unix.Close(w.wake)
	}
	unix.Close(w.epoll)
}
