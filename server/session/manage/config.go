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

// change is a setting and its new value.
type change struct {
	s     *setting
	value string
}

// configSet applies all changes or none.
func configSet(c *session.Call) {
	var changes []change
	for i := 2; i < c.NArg(); i += 2 {
		s := findSetting(c.Lower(i))
		switch {
		case s == nil && meaningless(c.Lower(i)):
			configFailed(c, c.Shown(i), "this option of Redis has no meaning here")
			return
		case s == nil:
			c.Fail("Unknown option or number of arguments for CONFIG SET - '" + c.Shown(i) + "'")
			return
		case s.set == nil:
			configFailed(c, c.Shown(i), "can't set immutable config")
			return
		case slices.ContainsFunc(changes, func(ch change) bool { return ch.s == s }):
			configFailed(c, c.Shown(i), "duplicate parameter")
			return
		}
		changes = append(changes, change{s, string(c.Arg(i + 1))})
	}
	for i, ch := range changes {
		before := ch.s.undo(c.Node)
		if err := ch.s.set(c.Node, ch.value); err != nil {
			for _, done := range changes[:i] {
				_ = done.s.set(c.Node, done.value) // cannot fail: it had this value before
			}
			configFailed(c, ch.s.name, err.Error())
			return
		}
		changes[i].value = before
	}
	c.OK()
}

func configFailed(c *session.Call, name, why string) {
	c.Fail("CONFIG SET failed (possibly related to argument '" + name + "') - " + why)
}
