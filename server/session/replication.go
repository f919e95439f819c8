package session

import (
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/auth"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var replicationCommands = []Command{
	{
		Name: "ROLE", Run: cmdRole, Arity: 1,
		Flags: "noscript loading stale fast", Categories: "admin dangerous", Group: "server", Shared: true, Since: "2.8.12",
		Summary: "Tells the node's part in replication, and with whom.",
	},
	{
		Name: "WAIT", Run: cmdWait, Arity: 3,
		Flags: "noscript", Needs: MayWrite, Categories: "connection", Group: "generic", Since: "3.0.0",
		Tips:    "request_policy:all_shards response_policy:agg_min",
		Syntax:  "numreplicas timeout",
		Summary: "Waits until so many secondaries have all that was written so far.",
		Instead: "Client.Wait",
	},
	{
		Name: "REPLICA", Run: cmdReplica, Arity: -2,
		Flags: "admin noscript loading stale", Spares: NeedsRoom | MayAdmin, Group: "server", Since: "7.2.0",
		Syntax:   "PAUSE | RESUME [secondary] | SERVE | STREAM version group primary secondary | TAKE version taker giver | KNOCK group secondary",
		Summary:  "Stops and resumes what a primary sends; SERVE has one that recovers serve without the members it waits for, whose data is given up; STREAM, TAKE and KNOCK are what nodes say to each other.",
		Required: "nodes of a group talk to each other with it; on a node with users it takes the right replication or admin",
		BySub:    true,
		Subcommands: []Subcommand{
			{Usage: "PAUSE [<server-id>]", Help: "Stop the replication to one secondary or all.", Shared: true},
			{Usage: "RESUME [<server-id>]", Help: "Go on with it.", Shared: true},
			{Usage: "SERVE", Help: "Serve without the members that a recovering primary waits for: what they hold is given up."},
		},
		Line: []Form{{Min: 2, Max: 3, Syntax: "PAUSE | RESUME [<secondary>] | SERVE", Reply: "`OK`; a primary stops, or goes on, sending to its secondaries, or serves without those it waits for", Run: lineReplica}},
	},
}

// Field is a name and a value of INFO or STATS.
type Field struct {
	Name  string
	Value any
}

// Role is what ROLE tells.
type Role struct {
	Secondary bool
	Offset    int64
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
	// Leads reports whether the node is its group's primary now.
	Leads() bool
	// Mark is the end of the log, after everything written so far. An offset means something only in the term in
	// which it was read: a term ends when the node changes its role.
	Mark() (term, offset uint64)
	// Acked is how many secondaries have everything before offset; ok is false once the term is over.
	Acked(term, offset uint64) (n int, ok bool)
	// Wait calls done, from any goroutine, when n secondaries have everything before offset or the term is over.
	// After cancel it does not.
	Wait(term, offset uint64, n int, done func()) (cancel func())
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
func (s *Session) runStream(c *Call, in []byte, limit int) (used int) {
	var err error
	if used, c.Out, err = s.stream.Run(in, c.Out, limit); err != nil {
		s.closing, s.reason = true, err.Error()
	}
	return used
}

// cmdReplica is what nodes say to each other, and what administrators do.
func cmdReplica(c *Call) {
	switch {
	case c.Node.Replication == nil:
		c.doesNotReplicate()
	case c.Is(1, "STREAM"):
		if c.May(auth.Replication, "replica|stream") && c.MayAllKeys("replica|stream") {
			s := c.Session // c is the loop's, and of other sessions when the stream is to be closed
			c.openStream(ToPrimary, func(peer string, args []string) (Stream, string, error) {
				return c.Node.Replication.Open(peer, args, func() { s.Kill() })
			})
		}
	case c.Is(1, "TAKE"):
		if c.May(auth.Replication, "replica|take") && c.MayAllKeys("replica|take") {
			s := c.Session
			c.openStream(ToReplica, func(peer string, args []string) (Stream, string, error) {
				return c.Node.Replication.Take(peer, args, func() { s.Kill() })
			})
		}
	case c.Is(1, "KNOCK") && c.NArg() == 4:
		if c.May(auth.Replication, "replica|knock") {
			c.done(c.Node.Replication.Knock(string(c.Arg(2)), string(c.Arg(3))))
		}
	case !c.steerReplication():
		c.UnknownSub("REPLICA")
	}
}

// lineReplica is the part of administrators alone.
func lineReplica(c *Call) {
	if c.Node.Replication == nil {
		c.doesNotReplicate()
	} else if !c.steerReplication() {
		c.NoSub("REPLICA")
	}
}

func (c *Call) doesNotReplicate() {
	c.Fail("this node does not replicate: no other server of its config belongs to its group")
}

// steerReplication carries out PAUSE, RESUME and SERVE, and reports whether it is one of them.
func (c *Call) steerReplication() bool {
	switch {
	case c.IsAny(1, "PAUSE", "RESUME") && c.NArg() <= 3:
		if c.May(auth.Admin, "replica|pause") {
			id := ""
			if c.NArg() == 3 {
				id = string(c.Arg(2))
			}
			c.done(c.Node.Replication.Pause(id, c.Is(1, "PAUSE")))
		}
	case c.Is(1, "SERVE") && c.NArg() == 2:
		if c.May(auth.Admin, "replica|serve") {
			c.done(c.Node.Replication.Serve())
		}
	default:
		return false
	}
	return true
}

// done answers OK, or err.
func (c *Call) done(err error) {
	if err != nil {
		c.FailWith(err)
		return
	}
	c.OK()
}

// openStream lets what open returns take over the connection, which is by's from then on.
func (c *Call) openStream(by Link, open func(peer string, args []string) (Stream, string, error)) {
	var args []string
	for i := 2; i < c.NArg(); i++ {
		args = append(args, string(c.Arg(i)))
	}
	s := c.Session
	if !s.takenOver(by) {
		c.turnAway()
		return
	}
	stream, answer, err := open(s.info.Remote, args)
	c.Out = append(c.Out, answer...)
	if err != nil {
		s.closing, s.reason = true, wire.Brief(err.Error())
		return
	}
	s.stream = stream
}

func cmdRole(c *Call) {
	r := Role{Secondary: !c.Node.Leads()}
	if c.Node.Replication != nil {
		r = c.Node.Replication.Role()
	}
	if r.Secondary {
		c.Array(5)
		c.Text("slave")
		c.Text(r.Host)
		c.Integer(int64(r.Port))
		c.Text(r.State)
		c.Integer(r.Offset)
		return
	}
	c.Array(3)
	c.Text("master")
	c.Integer(r.Offset)
	c.Array(len(r.Peers))
	for _, p := range r.Peers {
		c.Array(3)
		for _, f := range []string{p.Host, p.Port, p.Offset} {
			c.Text(f)
		}
	}
}

// waiting is WAIT under way: the connection executes nothing meanwhile.
type waiting struct {
	r      Replication
	term   uint64
	offset uint64
	n      int
	until  time.Time // zero: for ever
	timer  *time.Timer
	cancel func()
}

func cmdWait(c *Call) {
	n, ok := wire.ParseInt(c.Arg(1))
	ms, okTime := wire.ParseInt(c.Arg(2))
	switch {
	case !c.Node.Leads():
		c.Fail("WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is configured to be writable (which is not the default) writes to replicas are just local and are not propagated.")
		return
	case !ok:
		c.Error(reply.NotAnInteger)
		return
	case !okTime:
		c.Fail("timeout is not an integer or out of range")
		return
	case ms < 0:
		c.Fail("timeout is negative")
		return
	case c.Node.Replication == nil:
		c.Integer(0)
		return
	}
	w := &waiting{r: c.Node.Replication, n: int(n)}
	w.term, w.offset = w.r.Mark()
	if have, ok := w.r.Acked(w.term, w.offset); ok && int64(have) >= n {
		c.Integer(int64(have))
		return
	}
	wake := c.Session.info.Wake
	if wake == nil {
		wake = func() {}
	}
	if ms > 0 {
		d := time.Duration(min(ms, 1<<40)) * time.Millisecond
		w.until = time.Now().Add(d)
		w.timer = time.AfterFunc(d, wake)
	}
	w.cancel = w.r.Wait(w.term, w.offset, w.n, wake)
	c.Session.wait = w
}

func (w *waiting) over(c *Call) bool {
	have, ok := w.r.Acked(w.term, w.offset)
	if ok && have < w.n && (w.until.IsZero() || time.Now().Before(w.until)) {
		return false
	}
	w.end()
	c.Session.wait = nil
	if !ok {
		c.cmd = nil // it is that of another request
		c.FailAs(reply.Unblocked, "force unblock from blocking operation, instance state changed (master -> replica?)")
		return true
	}
	c.Integer(int64(have))
	return true
}

func (w *waiting) end() {
	w.cancel()
	if w.timer != nil {
		w.timer.Stop()
	}
}
