package manage

import (
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var configCommands = []session.Command{
	{
		Name: "CONFIG", Run: cmdConfig, Arity: -2,
		Flags: "admin noscript loading stale", Group: "server", Shared: true, Since: "2.0.0",
		Syntax:  "GET pattern | SET name value | RESETSTAT",
		Summary: "Reads and changes settings at run time.",
		Differs: []session.Difference{{Sub: "GET", Compare: command.AnyOrder, What: "The order of settings differs, and only those with a meaning here are known. `loglevel` `verbose` is `notice`."}},
		Subcommands: []session.Subcommand{
			{Usage: "GET <pattern> [<pattern> ...]", Help: "Return settings and their values."},
			{Usage: "RESETSTAT", Help: "Reset the counters of INFO."},
			{Usage: "SET <setting> <value> [<setting> <value> ...]", Help: "Change settings until the node restarts."},
		},
	},
}

func cmdConfig(c *session.Call) {
	switch {
	case c.Is(1, "GET") && c.NArg() > 2:
		configGet(c)
	case c.Is(1, "SET") && c.NArg() > 3 && c.NArg()%2 == 1:
		c.Error(reply.SyntaxError)
	case c.Is(1, "SET") && c.NArg() > 3:
		configSet(c)
	case c.Is(1, "RESETSTAT") && c.NArg() == 2:
		c.Node.ResetStats()
		c.OK()
	case c.IsAny(1, "GET", "SET", "RESETSTAT"):
		c.WrongSubArgs()
	case c.Is(1, "REWRITE") && c.NArg() == 2:
		c.Fail("The server is running without a config file")
	default:
		c.UnknownSub("CONFIG")
	}
}

// configGet answers with the named settings, spelt as in the request, and those that match a pattern.
func configGet(c *session.Call) {
	type found struct{ name, value string }
	var all []found
	for _, s := range settings {
		for i := 2; i < c.NArg(); i++ {
			name := string(c.Arg(i))
			switch pattern := strings.ContainsAny(name, "*?["); {
			case pattern && wire.Match([]byte(strings.ToLower(name)), []byte(s.name)):
				name = s.name
			case pattern || strings.ToLower(name) != s.name:
				continue
			}
			all = append(all, found{name, s.get(c.Node)})
			break
		}
	}
	c.Map(len(all))
	for _, f := range all {
		c.Text(f.name)
		c.Text(f.value)
	}
}

// change is a setting that gets a new value by apply.
type change struct {
	s     *setting
	apply func() error
}

// configSet applies all changes or none. It reads all values before it applies the first: memory that is lowered for a moment
// would cost entries.
func configSet(c *session.Call) {
	changes, ok := configChanges(c)
	if !ok {
		return
	}
	var undo []func() error
	for _, ch := range changes {
		restore, unreadable := ch.s.read(c.Node, ch.s.undo(c.Node))
		if err := ch.apply(); err != nil {
			for _, restore := range slices.Backward(undo) {
				_ = restore() // cannot fail: it had this value before
			}
			configFailed(c, ch.s.name, err.Error())
			return
		}
		if unreadable == nil { // a node without a server has values that CONFIG SET refuses
			undo = append(undo, restore)
		}
	}
	c.OK()
}

// configChanges reads the settings of a CONFIG SET and their values. If one is wrong, it answers an error and returns false.
func configChanges(c *session.Call) (changes []change, ok bool) {
	for i := 2; i < c.NArg(); i += 2 {
		s := findSetting(c.Lower(i))
		switch {
		case s == nil && meaningless(c.Lower(i)):
			configFailed(c, c.Shown(i), "this option of Redis has no meaning here")
			return nil, false
		case s == nil:
			c.Fail("Unknown option or number of arguments for CONFIG SET - '" + c.Shown(i) + "'")
			return nil, false
		case s.read == nil:
			configFailed(c, c.Shown(i), "can't set immutable config")
			return nil, false
		case slices.ContainsFunc(changes, func(ch change) bool { return ch.s == s }):
			configFailed(c, c.Shown(i), "duplicate parameter")
			return nil, false
		}
		changes = append(changes, change{s: s})
	}
	for i := range changes { // as in Redis, a wrong name counts before a wrong value
		ch := &changes[i]
		var err error
		if ch.apply, err = ch.s.read(c.Node, string(c.Arg(2*i+3))); err != nil {
			configFailed(c, ch.s.name, err.Error())
			return nil, false
		}
	}
	return changes, true
}

func configFailed(c *session.Call, name, why string) {
	c.Fail("CONFIG SET failed (possibly related to argument '" + name + "') - " + why)
}
