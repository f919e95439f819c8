package reactor

import (
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Left to itself, gnet polls without waiting after each event, yields to the Go scheduler when it has found nothing, which
// wakes a thread to look for work, polls again, and tells the runtime of each wait and read. So a loop stays inside the first
// event of a connection that gnet gives it, and serves all that is ready in gnet's epoll instance itself, until there is
// something that only gnet can do: the end of a connection, or functions in gnet's queue.
//
// gnet's epoll instance reports again whatever was not read, so what the loop leaves is found by gnet. Only the eventfd of
// gnet's queue is reported once; the loop sets it again.
//
// gnet may have taken functions out of its queue that it runs only after the event. So a loop must not stay while such
// functions can exist: whoever gives gnet one uses Reactor.queueing, or counts it in Loop.closing.

// inside is the state of a loop for staying inside an event of gnet.
type inside struct {
	poller  int     // gnet's epoll instance; 0: not known
	queue   int     // the eventfd of gnet's queue
	wakeup  int     // the receiving end of the loop's wake-up descriptor
	conns   []*Conn // those that gnet serves, by descriptor
	events  [128]unix.EpollEvent
	inputs  inputs
	waiting atomic.Bool

	staying bool
	more    []*Conn // those that get another turn once the others that are ready have had theirs; empty unless staying
	spare   []*Conn
}

// add makes a loop serve c while it stays inside an event of gnet.
func (s *inside) add(c *Conn, fd int) {
	for len(s.conns) <= fd {
		s.conns = append(s.conns, nil)
	}
	s.conns[fd] = c
}

// remove undoes add. It must be called before gnet closes the descriptor.
func (s *inside) remove(fd int) {
	if fd < len(s.conns) {
		s.conns[fd] = nil
	}
}

// stay serves what is ready in gnet's epoll instance, and waits for more, until there is something for gnet to do. It is
// called at the end of an event of gnet. Its system calls are raw, see interruptible.
func (l *Loop) stay() {
	s := &l.inside
	if s.poller == 0 || !l.r.interruptible.Load() {
		return
	}
	s.staying = true
	for left := false; !left && l.closing == 0; {
		n, ok := l.await()
		l.now = l.r.Clock()
		left = !ok || !l.serve(n)
		l.goOn()
	}
	s.staying = false
	for _, c := range s.more {
		c.more = false
		l.post(c)
	}
	clear(s.more)
	s.more = s.more[:0]
}

// again gives c another turn once the other connections that are ready have had theirs. Inside an event of gnet, it takes no
// byte in the wake-up descriptor.
func (l *Loop) again(c *Conn) {
	s := &l.inside
	switch {
	case !s.staying:
		l.post(c)
	case !c.more:
		c.more = true
		s.more = append(s.more, c)
	}
}

// goOn gives those turns that again has promised. Those that it promises meanwhile are for the next call.
func (l *Loop) goOn() {
	s := &l.inside
	turns := s.more
	s.more, s.spare = s.spare[:0], nil
	for i, c := range turns {
		c.more = false
		l.turn(c)
		turns[i] = nil
		if c.Small {
			l.yield()
		}
	}
	s.spare = turns
}

// await waits for events and returns their number. It does not wait where connections have more work. It returns false if
// gnet may have a function in its queue, or a signal came while it waited.
func (l *Loop) await() (n int, ok bool) {
	s := &l.inside
	wait := len(s.more) == 0
	s.waiting.Store(true)
	if l.r.queued.Load() == 0 {
		n = epollWait(s.poller, s.events[:], wait)
		ok = n > 0 || !wait
	}
	s.waiting.Store(false)
	return n, ok
}

// serve serves the first n events. It returns false if something is left for gnet to do.
func (l *Loop) serve(n int) bool {
	all := true
	for i := range l.inside.events[:n] {
		all = l.serveOne(&l.inside.events[i]) && all
	}
	l.handle()
	return all
}

// serveOne serves a descriptor that is ready. It returns false if that is for gnet to do.
func (l *Loop) serveOne(ev *unix.EpollEvent) bool {
	s := &l.inside
	fd := descriptor(ev)
	switch {
	case fd == s.queue:
		var one = [8]byte{1}
		_, _ = write(fd, one[:])
		return false
	case ev.Events != unix.EPOLLIN:
		return false
	case fd < len(s.conns) && s.conns[fd] != nil:
		return l.take(s.conns[fd])
	case fd == s.wakeup:
		l.handle()
		if l.read(fd, readBuffer) == nil {
			return false
		}
		l.woken()
		return true
	case fd == l.writable.epoll:
		l.handle()
		l.writable.turns(l)
		return true
	}
	return false
}

// queueing makes loops leave their events of gnet, and not stay in others until done is called: meanwhile gnet gets a function
// to run on a loop.
func (r *Reactor) queueing() (done func()) {
	r.queued.Add(1)
	for _, l := range r.loops {
		if l.inside.waiting.Load() {
			l.mu.Lock()
			l.notify()
			l.mu.Unlock()
		}
	}
	return func() { r.queued.Add(-1) }
}
