package server

import (
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/panjf2000/gnet/v2"
	"go.uber.org/zap"
	"golang.org/x/sys/unix"
)

// loop is what belongs to one event loop of gnet. Only its goroutine touches it,
// unless a field says otherwise.
type loop struct {
	srv     *Server
	scratch scratch
	now     int64 // the server's clock when this turn began, ms
	free    freeList
	out     []byte // replies of one turn, until they are sent
	conns   *conn
	ending  []*conn

	reads, writes atomic.Int64 // system calls so far, stored by the loop alone

	held    atomic.Int64 // bytes of buffers, stored by the loop alone
	largest atomic.Int64 // no connection keeps more
	checked int64

	pendingEnds atomic.Int32 // len(ending), for the ticker
	beats       atomic.Int64 // turns of the bell: a loop that still turns answers it

	mu    sync.Mutex
	inbox []*conn  // to be given a turn; guarded by mu, as the following
	calls []func() // to be run on the loop
	rung  bool
	bell  int // a byte written here wakes the loop; -1 once it is closed
	spare []*conn
}

// newLoop makes a loop whose bell gnet reads like any connection.
func (s *Server) newLoop() (*loop, net.Conn, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("make a loop's bell: %w", err)
	}
	for _, fd := range fds {
		unix.CloseOnExec(fd)
		_ = unix.SetNonblock(fd, true)
	}
	f := os.NewFile(uintptr(fds[0]), "bell")
	defer f.Close()
	ear, err := net.FileConn(f)
	if err != nil {
		unix.Close(fds[1])
		return nil, nil, fmt.Errorf("make a loop's bell: %w", err)
	}
	return &loop{srv: s, scratch: s.opts.sessions.newScratch(), bell: fds[1]}, ear, nil
}

// count adds one to a counter that only this goroutine stores.
func count(n *atomic.Int64) { n.Store(n.Load() + 1) }

// post has c given a turn. Any goroutine may call it.
func (l *loop) post(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !c.queued {
		c.queued = true
		l.inbox = append(l.inbox, c)
		l.ring()
	}
}

// call runs fn on the loop's goroutine. Any goroutine may call it.
func (l *loop) call(fn func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, fn)
	l.ring()
}

// ring REQUIRES mu.
func (l *loop) ring() {
	if !l.rung && l.bell >= 0 {
		l.rung = true
		_, _ = unix.Write(l.bell, []byte{1})
	}
}

func (l *loop) closeBell() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bell >= 0 {
		unix.Close(l.bell)
		l.bell = -1
	}
}

// answer does what was asked of the loop since the bell last rang.
func (l *loop) answer() {
	l.mu.Lock()
	turns, calls := l.inbox, l.calls
	l.inbox, l.calls, l.rung = l.spare[:0], nil, false
	for _, c := range turns {
		c.queued = false
	}
	l.mu.Unlock()
	l.beats.Add(1)
	l.now = l.srv.clock()
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

// turn gives c a turn outside of its own events.
func (l *loop) turn(c *conn) {
	defer l.guard(c)
	c.turn()
	if c.dead {
		c.hangUp()
	}
}

// guard keeps a panic within the connection whose session it broke.
func (l *loop) guard(c *conn) {
	if p := recover(); p != nil {
		l.srv.log.Error("a session panicked; its connection is closed",
			zap.Uint64("connection", c.id), zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
		c.die(byPanic)
		c.hangUp()
	}
}

func (l *loop) link(c *conn) {
	if c.next = l.conns; c.next != nil {
		c.next.prev = c
	}
	l.conns = c
}

func (l *loop) unlink(c *conn) {
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

func (l *loop) addEnding(c *conn) {
	l.ending = append(l.ending, c)
	l.pendingEnds.Store(int32(len(l.ending)))
	l.srv.hurry()
}

// tick closes connections that were ended and have had their time.
func (l *loop) tick() {
	kept := l.ending[:0]
	for _, c := range l.ending {
		switch {
		case c.closed:
		case c.dead || l.now >= c.due:
			if !c.dead && c.out.len() > 0 {
				c.die(byUnsent)
			}
			c.dead = true
			c.hangUp()
		default:
			kept = append(kept, c)
		}
	}
	clear(l.ending[len(kept):])
	l.ending = kept
	l.pendingEnds.Store(int32(len(kept)))
}

// sweep closes clients on which nothing has moved since before.
func (l *loop) sweep(before int64) {
	for c := l.conns; c != nil; {
		next := c.next
		if c.active < before && !c.dead && !c.place.is(asNode) {
			l.srv.log.Debug("closed an idle connection", zap.Uint64("connection", c.id))
			c.die(byIdle)
			c.hangUp()
		}
		c = next
	}
}

// OnTraffic and its kin are gnet's; see handler.go.
var _ gnet.EventHandler = (*Server)(nil)
