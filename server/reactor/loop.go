package reactor

import (
	"fmt"
	"iter"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"github.com/cachegopher/cachegopher/internal/timeslice"
)

// Loop is the state of one event loop of gnet. Only its goroutine touches it, unless a field or method
// says otherwise.
type Loop struct {
	// Free lends buffers to the loop's connections and their handlers.
	Free FreeList

	// Load loads the memory that handlers will need, as far as they found out in Ahead. It is called before their Receive; nil:
	// there is nothing to do. It must be set before there are connections. The loop sets it to nil if it panics.
	Load func()

	r       *Reactor
	index   int
	now     int64 // the reactor's clock when this turn began, ms
	serving *Conn // the connection whose gnet event is being served
	conns   *Conn
	timed   []*Conn // connections with a latest time to close them
	plain   []byte  // decrypted input
	cipher  []byte  // records to send
	closing int     // connections that gnet was asked to close and has not closed
	inside  inside
	yield   func() // lets another thread run; another function in tests

	writable *writability // set before there are connections

	reads, writes atomic.Int64 // system calls so far, stored by the loop alone
	timedCount    atomic.Int32 // len(timed), for the ticker

	mu       sync.Mutex
	inbox    []*Conn  // connections waiting for a turn; guarded by mu, like the fields below
	calls    []func() // to run on the loop
	notified bool     // a byte was written to the wake-up descriptor and not yet read
	wakeup   int      // the wake-up descriptor: a byte written here wakes the loop; -1 once closed
	spare    []*Conn
}

// newLoop makes a loop and the receiving end of its wake-up descriptor, which gnet will read.
func (r *Reactor) newLoop(index int) (*Loop, net.Conn, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("make a loop's wake-up descriptor: %w", err)
	}
	for _, fd := range fds {
		unix.CloseOnExec(fd)
		_ = unix.SetNonblock(fd, true)
	}
	f := os.NewFile(uintptr(fds[0]), "wake-up")
	defer f.Close()
	receiver, err := net.FileConn(f)
	if err != nil {
		unix.Close(fds[1])
		return nil, nil, fmt.Errorf("make a loop's wake-up descriptor: %w", err)
	}
	return &Loop{r: r, index: index, wakeup: fds[1], yield: timeslice.Yield}, receiver, nil
}

// Index returns the loop's index in Reactor.Loops.
func (l *Loop) Index() int { return l.index }

// Conns yields the loop's connections that are not closed. The yielded one may be closed meanwhile.
func (l *Loop) Conns() iter.Seq[*Conn] {
	return func(yield func(*Conn) bool) {
		for c := l.conns; c != nil; {
			next := c.next
			if !yield(c) {
				return
			}
			c = next
		}
	}
}

// count adds one to a counter that only this goroutine stores.
func count(n *atomic.Int64) { n.Store(n.Load() + 1) }

// post schedules a turn of c. Any goroutine may call it.
func (l *Loop) post(c *Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !c.queued {
		c.queued = true
		l.inbox = append(l.inbox, c)
		l.notify()
	}
}

// Call runs fn on the loop's goroutine. Any goroutine may call it. fn is not run once the loop has ended.
func (l *Loop) Call(fn func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, fn)
	l.notify()
}

// notify writes to the wake-up descriptor. REQUIRES: mu is held.
func (l *Loop) notify() {
	if !l.notified && l.wakeup >= 0 {
		l.notified = true
		_, _ = unix.Write(l.wakeup, []byte{1})
	}
}

func (l *Loop) closeWakeup() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.wakeup >= 0 {
		unix.Close(l.wakeup)
		l.wakeup = -1
	}
}

// woken runs the turns and calls that were posted since the loop was last woken.
func (l *Loop) woken() {
	l.mu.Lock()
	turns, calls := l.inbox, l.calls
	l.inbox, l.calls, l.notified = l.spare[:0], nil, false
	for _, c := range turns {
		c.queued = false
	}
	l.mu.Unlock()
	l.now = l.r.Clock()
	for _, fn := range calls {
		fn()
	}
	for i, c := range turns {
		l.turn(c)
		turns[i] = nil
	}
	l.mu.Lock()
	l.spare = turns
	l.mu.Unlock()
}

// turn gives c a turn without an event of its own.
func (l *Loop) turn(c *Conn) {
	defer l.guard(c)
	c.turn()
}

// guard closes a connection whose handler panics, and no other.
func (l *Loop) guard(c *Conn) {
	if p := recover(); p != nil {
		l.r.panics.Add(1)
		l.r.log.Error("a session panicked; its connection is closed",
			zap.Uint64("connection", c.id), zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
		c.Abort()
	}
}

// forget ends what the loop does for the descriptor of c, before it is closed.
func (l *Loop) forget(c *Conn) {
	l.inside.remove(c.FD())
	l.writable.forget(c)
}

func (l *Loop) link(c *Conn) {
	if c.next = l.conns; c.next != nil {
		c.next.prev = c
	}
	l.conns = c
}

func (l *Loop) unlink(c *Conn) {
	if c.prev != nil {
		c.prev.next = c.next
	} else if l.conns == c {
		l.conns = c.next
	}
	if c.next != nil {
		c.next.prev = c.prev
	}
	c.prev, c.next = nil, nil
}
