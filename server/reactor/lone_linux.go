package reactor

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/panjf2000/gnet/v2"
)

// A loop whose only busy connection sends one request after another would pay for four system calls and the wake-up of
// another thread each time: gnet polls without waiting after each event, and when it finds nothing it yields to the Go
// scheduler, which wakes a thread to look for work, before it polls again and waits. So the loop waits here, inside the
// connection's event, until anything is ready in gnet's epoll instance, and then reads from this connection itself.
//
// Another connection that becomes ready ends the wait. If this connection has sent nothing then, gnet goes on; otherwise it
// does once the requests of this connection have taken loneTime, so that the other one waits little longer than it would
// at gnet.
//
// gnet may have taken functions out of its queue that it runs only after the event. So there must be no wait while such
// functions can exist: whoever gives gnet one uses Reactor.queueing, or calls Loop.busy on the loop.
const (
	loneStreak = 4 // events of one connection, without another's between them, before a loop waits for it
	loneTime   = 500 * time.Microsecond
)

// lone is the state of a loop for a connection that is alone.
type lone struct {
	poller int  // gnet's epoll instance; 0: not known
	raw    bool // the loop waits without telling the runtime
	buffer []byte

	last    *Conn // the connection of the last event
	streak  int   // its events in a row
	waiting atomic.Bool
}

// serveLone goes on with c after an event of it, as long as it is the loop's only busy connection.
func (l *Loop) serveLone(c *Conn) gnet.Action {
	s := &l.lone
	if s.last != c {
		s.last, s.streak = c, 0
	}
	if s.streak++; s.streak < loneStreak || s.poller == 0 {
		return gnet.None
	}
	for took := time.Duration(0); took < loneTime; {
		if c.phase != Open || c.Work != Idle || c.out.Len() > 0 || c.tls != nil {
			break
		}
		data := l.await(c)
		if len(data) == 0 {
			break
		}
		began := time.Now()
		if action := l.traffic(c, data); action != gnet.None {
			return action
		}
		took += time.Since(began)
	}
	return gnet.None
}

// await waits until something is ready and reads from c. It returns nothing if c has sent nothing, or the socket is at its
// end or broken, which gnet will find.
func (l *Loop) await(c *Conn) []byte {
	s := &l.lone
	s.waiting.Store(true)
	if l.r.queued.Load() == 0 {
		waitReadable(s.poller, s.raw)
	}
	s.waiting.Store(false)
	if s.buffer == nil {
		s.buffer = make([]byte, readBuffer)
	}
	n, err := read(c.FD(), s.buffer)
	if err != nil || n <= 0 {
		return nil
	}
	return s.buffer[:n]
}

// busy keeps the loop from waiting for a connection until gnet has run what is in its queue now.
func (l *Loop) busy() { l.lone.streak = 0 }

// queueing ends the waits of loops for a connection, and keeps them from waiting until done is called: meanwhile gnet gets
// a function to run on a loop.
func (r *Reactor) queueing() (done func()) {
	r.queued.Add(1)
	for _, l := range r.loops {
		if l.lone.waiting.Load() {
			l.mu.Lock()
			l.notify()
			l.mu.Unlock()
		}
	}
	return func() { r.queued.Add(-1) }
}

// findPoller finds the epoll instance in which gnet has registered the descriptor fd.
func (l *Loop) findPoller(fd int) error {
	l.lone.raw = interruptible(len(l.r.loops))
	const fds, infos = "/proc/self/fd/", "/proc/self/fdinfo/"
	all, err := os.ReadDir(fds)
	if err != nil {
		return fmt.Errorf("find gnet's epoll instance: %w", err)
	}
	registered := fmt.Sprintf("tfd: %8d ", fd)
	for _, entry := range all {
		if target, _ := os.Readlink(fds + entry.Name()); target != "anon_inode:[eventpoll]" {
			continue
		}
		info, err := os.ReadFile(infos + entry.Name())
		if err != nil || !strings.Contains(string(info), registered) {
			continue
		}
		if _, err := fmt.Sscan(entry.Name(), &l.lone.poller); err != nil {
			return fmt.Errorf("find gnet's epoll instance: %w", err)
		}
		return nil
	}
	return fmt.Errorf("find gnet's epoll instance: none has descriptor %d", fd)
}
