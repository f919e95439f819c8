package session

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/auth"
)

var slowlogCommands = []Command{
	{
		Name: "SLOWLOG", Run: cmdSlowlog, Arity: -2,
		Flags: "admin loading stale", Group: "server", Shared: true, Since: "2.2.12",
		Syntax:  "GET [count] | LEN | RESET",
		Summary: "Tells which commands were slow.",
		Differs: []Difference{{Sub: "GET", Compare: command.SameKind, What: aboutNode}, {Sub: "LEN", Compare: command.SameKind, What: aboutNode}},
		Subcommands: []Subcommand{
			{Usage: "GET [<count>]", Help: "Return the last slow commands: 10 unless told, all for -1."},
			{Usage: "LEN", Help: "Return how many there are."},
			{Usage: "RESET", Help: "Forget them."},
		},
	},
}

// slowlog keeps the last commands that took long.
type slowlog struct {
	max     atomic.Int64
	mu      sync.Mutex
	next    int64
	entries []slowEntry // newest first
}

type slowEntry struct {
	id     int64
	at     time.Time
	took   time.Duration
	args   []string
	keys   []bool // which of args are keys; shorter if none follows
	client string
	name   string
}

// timed runs a command, counts how long it took and keeps it in the slow log when it was slow.
func (n *Node) timed(c *Call, cmd *Handler) {
	start := time.Now()
	cmd.run(c)
	took := time.Since(start)
	c.l.stats.sampled[cmd.id].add(took)
	c.l.stats.took(cmd.id, took)
	if slower := n.slower.Load(); slower < 0 || took.Microseconds() < slower || cmd.Name == "SLOWLOG" {
		return
	}
	e := slowEntry{at: start, took: took, client: c.Session.info.Remote, name: c.Session.clientName()}
	for i := range c.args {
		if i == 31 && c.NArg() > 32 {
			e.args = append(e.args, "... ("+string(wire.AppendInt(nil, int64(c.NArg()-31)))+" more arguments)")
			break
		}
		e.args = append(e.args, "")
	}
	e.show(c, cmd)
	n.slowlog.add(e)
}

// maxSlowArg is how many bytes of an argument are kept.
const maxSlowArg = 128

// show fills in what may be seen: the command, its keys, and what stands before them; of a command without keys
// the first argument. Neither values nor passwords are kept.
func (e *slowEntry) show(c *Call, cmd *Handler) {
	keep := func(i int) {
		if i < min(len(e.args), 31) || i < len(e.args) && c.NArg() <= 32 {
			a := c.Arg(i)
			e.args[i] = string(a[:min(len(a), maxSlowArg)])
		}
	}
	keep(0)
	if cmd.Secret {
		return
	}
	first := cmd.key
	for i := 1; i < max(first, 2) && i < c.NArg() && (first != 1); i++ {
		keep(i)
	}
	e.keys = make([]bool, len(e.args))
	c.EachKey(cmd, func(i int) {
		if i < len(e.args) {
			keep(i)
			e.keys[i] = true
		}
	})
}

// shownTo are the arguments as the user may see them: keys that are none of the user's are left out, and so is what
// may speak of them, as a pattern does.
func (e *slowEntry) shownTo(u *auth.User) []string {
	if u == nil || len(u.Prefixes) == 0 {
		return e.args
	}
	args := make([]string, len(e.args))
	for i, a := range e.args {
		if i == 0 || i < len(e.keys) && e.keys[i] && u.MayTouch([]byte(a)) {
			args[i] = a
		}
	}
	return args
}

// sample is timed for a request of the sample: its key is counted too.
func (n *Node) sample(c *Call, cmd *Handler) {
	if key := cmd.key; key > 0 && key < c.NArg() {
		c.l.hot.add(c.KeyHash, c.Arg(key))
	}
	n.timed(c, cmd)
}

func (l *slowlog) add(e slowEntry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.id = l.next
	l.next++
	l.entries = append([]slowEntry{e}, l.entries...)
	l.trim()
}

// resize changes how many entries are kept.
func (l *slowlog) resize(most int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.max.Store(most)
	l.trim()
}

// trim REQUIRES mu.
func (l *slowlog) trim() {
	if most := l.max.Load(); int64(len(l.entries)) > most {
		clear(l.entries[most:])
		l.entries = l.entries[:most]
	}
}

func cmdSlowlog(c *Call) {
	l := &c.Node.slowlog
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case c.Is(1, "LEN") && c.NArg() == 2:
		c.Integer(int64(len(l.entries)))
	case c.Is(1, "RESET") && c.NArg() == 2:
		l.entries = nil
		c.OK()
	case c.Is(1, "GET") && c.NArg() <= 3:
		count := int64(10)
		if c.NArg() == 3 {
			var ok bool
			if count, ok = wire.ParseInt(c.Arg(2)); !ok || count < -1 {
				c.Fail("count should be greater than or equal to -1")
				return
			}
		}
		if count < 0 || count > int64(len(l.entries)) {
			count = int64(len(l.entries))
		}
		c.slowEntries(l.entries[:count])
	case c.Is(1, "GET"):
		c.SubSyntax("SLOWLOG")
	case c.Is(1, "LEN"), c.Is(1, "RESET"):
		c.WrongArgs("slowlog|" + lower(string(c.Arg(1))))
	default:
		c.UnknownSub("SLOWLOG")
	}
}

func (c *Call) slowEntries(entries []slowEntry) {
	c.Array(len(entries))
	for _, e := range entries {
		c.Array(6)
		c.Integer(e.id)
		c.Integer(e.at.Unix())
		c.Integer(e.took.Microseconds())
		c.Array(len(e.args))
		for _, a := range e.shownTo(c.Session.user) {
			c.Text(a)
		}
		c.Text(e.client)
		c.Text(e.name)
	}
}
