package session

import (
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/auth"
)

// SlowCommand is an entry of the slow log. It holds keys, never values.
type SlowCommand struct {
	ID     int64
	At     time.Time
	Took   time.Duration
	Args   []string // cut to maxSlowArg bytes; values are empty
	Client string   // address
	Name   string   // the connection's name

	keys []bool // which of Args are keys; it may be shorter than Args
}

// Limits of an entry, as in Redis.
const (
	maxSlowArgs = 32  // arguments; if there are more, the last one counts them
	maxSlowArg  = 128 // bytes of an argument
)

// slowCommand describes the call of cmd for the slow log.
func (c *Call) slowCommand(cmd *Handler, start time.Time, took time.Duration) SlowCommand {
	e := SlowCommand{At: start, Took: took, Client: c.Session.info.Remote, Name: c.Session.Name()}
	for i := range c.args {
		if i == maxSlowArgs-1 && c.NArg() > maxSlowArgs {
			e.Args = append(e.Args, "... ("+string(wire.AppendInt(nil, int64(c.NArg()-maxSlowArgs+1)))+" more arguments)")
			break
		}
		e.Args = append(e.Args, "")
	}
	e.show(c, cmd)
	return e
}

// show fills in the command, its keys and the arguments before the keys; the first argument of a command without keys.
// Values and passwords are not kept.
func (e *SlowCommand) show(c *Call, cmd *Handler) {
	keep := func(i int) {
		if i < min(len(e.Args), maxSlowArgs-1) || i < len(e.Args) && c.NArg() <= maxSlowArgs {
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

// ShownTo returns the arguments that the user may see, and empty strings for keys outside the user's prefixes and for
// arguments that may reveal other keys, as patterns do. A nil user may see all.
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
