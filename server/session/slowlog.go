package session

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/auth"
)

// SlowLog keeps the latest commands that took long. Any goroutine may call its methods.
type SlowLog struct {
	max     atomic.Int64
	mu      sync.Mutex
	next    int64
	entries []SlowCommand // newest first
}

// SlowCommand is an entry of the slow log. It holds keys, never values.
type SlowCommand struct {
	ID     int64
	At     time.Time
	Took   time.Duration
	Args   []string // cut to maxSlowArg bytes; values are empty
	Client string   // address
	Name   string   // the connection's name

	keys []bool // which of Args are keys; shorter if none follows
}

// SlowLog returns the node's slow log.
func (n *Node) SlowLog() *SlowLog { return &n.slowlog }

// Len is the number of entries.
func (l *SlowLog) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.entries)
}

// Newest returns the newest entries, newest first, at most so many; all for a negative number.
func (l *SlowLog) Newest(most int64) []SlowCommand {
	l.mu.Lock()
	defer l.mu.Unlock()
	if most < 0 || most > int64(len(l.entries)) {
		most = int64(len(l.entries))
	}
	return slices.Clone(l.entries[:most])
}

// Reset forgets all entries.
func (l *SlowLog) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = nil
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
	e := SlowCommand{At: start, Took: took, Client: c.Session.info.Remote, Name: c.Session.Name()}
	for i := range c.args {
		if i == 31 && c.NArg() > 32 {
			e.Args = append(e.Args, "... ("+string(wire.AppendInt(nil, int64(c.NArg()-31)))+" more arguments)")
			break
		}
		e.Args = append(e.Args, "")
	}
	e.show(c, cmd)
	n.slowlog.add(e)
}

// maxSlowArg is how many bytes of an argument are kept.
const maxSlowArg = 128

// show fills in what may be seen: the command, its keys, and what stands before them; of a command without keys
// the first argument. Neither values nor passwords are kept.
func (e *SlowCommand) show(c *Call, cmd *Handler) {
	keep := func(i int) {
		if i < min(len(e.Args), 31) || i < len(e.Args) && c.NArg() <= 32 {
			a := c.Arg(i)
			e.Args[i] = string(a[:min(len(a), maxSlowArg)])
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
	e.keys = make([]bool, len(e.Args))
	c.EachKey(cmd, func(i int) {
		if i < len(e.Args) {
			keep(i)
			e.keys[i] = true
		}
	})
}

// ShownTo returns the arguments as the user may see them: without keys outside the user's prefixes, and without arguments
// that may reveal such keys, such as patterns. A nil user may see all.
func (e *SlowCommand) ShownTo(u *auth.User) []string {
	if u == nil || len(u.Prefixes) == 0 {
		return e.Args
	}
	args := make([]string, len(e.Args))
	for i, a := range e.Args {
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

func (l *SlowLog) add(e SlowCommand) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.ID = l.next
	l.next++
	l.entries = append([]SlowCommand{e}, l.entries...)
	l.trim()
}

// resize changes how many entries are kept.
func (l *SlowLog) resize(most int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.max.Store(most)
	l.trim()
}

// trim REQUIRES mu.
func (l *SlowLog) trim() {
	if most := l.max.Load(); int64(len(l.entries)) > most {
		clear(l.entries[most:])
		l.entries = l.entries[:most]
	}
}
