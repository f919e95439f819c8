package session

import (
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/auth"
)

// Field is a name and a value of INFO or STATS.
type Field struct {
	Name  string
	Value any
}

// Role is what ROLE tells.
type Role struct {
	Offset int64
	// Peers are a primary's secondaries that are connected.
	Peers []Peer
	// Of a secondary: where its primary is, and connect, sync or connected.
	Host  string
	Port  int
	State string
}

// Peer is a secondary as ROLE shows it.
type Peer struct{ Host, Port, Offset string }

// Replication is a node's part in its group, as sessions need it. All of it may
// be called from any goroutine.
type Replication interface {
	// Info are the fields of INFO replication after the role, Stats those that STATS shows.
	Info() []Field
	Stats() []Field
	// Syncs counts full and partial syncs.
	Syncs() (full, partial int64)
	Role() Role
	// Offset is where the log is after everything written so far; Acked is how many
	// secondaries have what is before an offset. Wait calls done when there are n of
	// them, unless it is cancelled before.
	Offset() uint64
	Acked(offset uint64) int
	Wait(offset uint64, n int, done func()) (cancel func())
	// Pause stops what is sent to a secondary, all for an empty id, or resumes it.
	Pause(id string, paused bool) error
	// Serve has a primary that recovers stop waiting for members that have not said what they hold.
	Serve() error
	// Knock tells a primary that a secondary is there.
	Knock(group, id string) error
	// Open lets the primary take over a connection: see package replica. An error is
	// answered with answer too, and ends the connection.
	Open(peer string, args []string, kill func()) (s Stream, answer string, err error)
	// Take is Open for a node that wants this one's data and nothing else.
	Take(peer string, args []string, kill func()) (s Stream, answer string, err error)
}

// Stream is what becomes of a connection that another node has taken over.
type Stream interface {
	Run(in, out []byte, limit int) (used int, reply []byte, err error)
	Need() int
	More() bool
	Close()
}

// runStream hands input to what has taken over the connection.
func (s *Session) runStream(c *call, in []byte, limit int) (used int) {
	var err error
	if used, c.out, err = s.stream.Run(in, c.out, limit); err != nil {
		s.closing, s.reason = true, err.Error()
	}
	return used
}

func cmdReplica(c *call) {
	switch {
	case c.n.Replication == nil:
		c.fail("this node does not replicate: no other server of its config belongs to its group")
	case (c.is(1, "PAUSE") || c.is(1, "RESUME")) && len(c.args) <= 3:
		if !c.may(auth.Admin, "replica|pause") {
			return
		}
		id := ""
		if len(c.args) == 3 {
			id = string(c.arg(2))
		}
		if err := c.n.Replication.Pause(id, c.is(1, "PAUSE")); err != nil {
			c.failWith(err)
			return
		}
		c.ok()
	case c.is(1, "SERVE") && len(c.args) == 2:
		if !c.may(auth.Admin, "replica|serve") {
			return
		}
		if err := c.n.Replication.Serve(); err != nil {
			c.failWith(err)
			return
		}
		c.ok()
	case c.is(1, "STREAM") && !c.line:
		if c.may(auth.Replication, "replica|stream") && c.mayAllKeys("replica|stream") {
			s := c.s // c is the loop's, and of other sessions when the stream is to be closed
			c.openStream(linkPrimary, func(peer string, args []string) (Stream, string, error) {
				return c.n.Replication.Open(peer, args, func() { s.kill() })
			})
		}
	case c.is(1, "TAKE") && !c.line:
		if c.may(auth.Replication, "replica|take") && c.mayAllKeys("replica|take") {
			s := c.s
			c.openStream(linkReplica, func(peer string, args []string) (Stream, string, error) {
				return c.n.Replication.Take(peer, args, func() { s.kill() })
			})
		}
	case c.is(1, "KNOCK") && len(c.args) == 4:
		if !c.may(auth.Replication, "replica|knock") {
			return
		}
		if err := c.n.Replication.Knock(string(c.arg(2)), string(c.arg(3))); err != nil {
			c.failWith(err)
			return
		}
		c.ok()
	default:
		c.unknownSub("REPLICA")
	}
}

// openStream lets what open returns take over the connection, which is by's from then on.
func (c *call) openStream(by link, open func(peer string, args []string) (Stream, string, error)) {
	var args []string
	for i := 2; i < len(c.args); i++ {
		args = append(args, string(c.arg(i)))
	}
	s := c.s
	if !s.takenOver(by) {
		c.turnAway()
		return
	}
	stream, answer, err := open(s.info.Remote, args)
	c.out = append(c.out, answer...)
	if err != nil {
		s.closing, s.reason = true, wire.Brief(err.Error())
		return
	}
	s.stream = stream
}

func cmdRole(c *call) {
	var r Role
	if c.n.Replication != nil {
		r = c.n.Replication.Role()
	}
	if c.n.Role == "secondary" {
		c.out = wire.Array(c.out, 5)
		c.out = wire.BulkString(c.out, "slave")
		c.out = wire.BulkString(c.out, r.Host)
		c.integer(int64(r.Port))
		c.out = wire.BulkString(c.out, r.State)
		c.integer(r.Offset)
		return
	}
	c.out = wire.Array(c.out, 3)
	c.out = wire.BulkString(c.out, "master")
	c.integer(r.Offset)
	c.out = wire.Array(c.out, len(r.Peers))
	for _, p := range r.Peers {
		c.out = wire.Array(c.out, 3)
		for _, f := range []string{p.Host, p.Port, p.Offset} {
			c.out = wire.BulkString(c.out, f)
		}
	}
}

// waiting is WAIT under way: the connection executes nothing meanwhile.
type waiting struct {
	r      Replication
	offset uint64
	n      int
	until  time.Time // zero: for ever
	timer  *time.Timer
	cancel func()
}

func cmdWait(c *call) {
	n, ok := wire.ParseInt(c.arg(1))
	ms, okTime := wire.ParseInt(c.arg(2))
	switch {
	case c.n.Role == "secondary":
		c.fail("WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is configured to be writable (which is not the default) writes to replicas are just local and are not propagated.")
		return
	case !ok:
		c.fail(notAnInteger)
		return
	case !okTime:
		c.fail("timeout is not an integer or out of range")
		return
	case ms < 0:
		c.fail("timeout is negative")
		return
	case c.n.Replication == nil:
		c.integer(0)
		return
	}
	w := &waiting{r: c.n.Replication, offset: c.n.Replication.Offset(), n: int(n)}
	if have := w.r.Acked(w.offset); int64(have) >= n {
		c.integer(int64(have))
		return
	}
	wake := c.s.info.Wake
	if wake == nil {
		wake = func() {}
	}
	if ms > 0 {
		d := time.Duration(min(ms, 1<<40)) * time.Millisecond
		w.until = time.Now().Add(d)
		w.timer = time.AfterFunc(d, wake)
	}
	w.cancel = w.r.Wait(w.offset, w.n, wake)
	c.s.wait = w
}

func (w *waiting) over(c *call) bool {
	have := w.r.Acked(w.offset)
	if have < w.n && (w.until.IsZero() || time.Now().Before(w.until)) {
		return false
	}
	w.end()
	c.s.wait = nil
	c.integer(int64(have))
	return true
}

func (w *waiting) end() {
	w.cancel()
	if w.timer != nil {
		w.timer.Stop()
	}
}
