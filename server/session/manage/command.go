package manage

import (
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var commandCommands = []session.Command{
	{
		Name: "COMMAND", Run: cmdCommand, Arity: -1,
		Flags: "loading stale", Categories: "connection", Group: "server", Shared: true, Since: "2.8.13",
		Tips:    "nondeterministic_output_order",
		Syntax:  "[COUNT | LIST | INFO | DOCS | GETKEYS]",
		Summary: "Describes the commands.",
		Timed:   true,
		Differs: sameKind(aboutTable, "", "COUNT", "LIST", "DOCS"),
		Subcommands: []session.Subcommand{
			{Usage: "(no subcommand)", Help: "Describe every command."},
			{Usage: "COUNT", Help: "Return the number of commands."},
			{Usage: "DOCS [<command-name> ...]", Help: "Return the documentation of commands."},
			{Usage: "GETKEYS <full-command>", Help: "Return the keys of a full command."},
			{Usage: "INFO [<command-name> ...]", Help: "Describe commands."},
			{Usage: "LIST [FILTERBY (MODULE <name>|ACLCAT <category>|PATTERN <pattern>)]", Help: "Return the names of commands."},
		},
	},
}

// aboutTable is a difference from Redis that the subcommands share.
const aboutTable = "Describe the commands of this node. `COMMAND INFO` omits subcommands, which Redis describes one by one, and " +
	"notes on keys. For commands without subcommands its replies are those of Redis."

func cmdCommand(c *session.Call) {
	specs := c.Node.Specs()
	switch {
	case c.NArg() == 1:
		c.Array(len(specs))
		for _, s := range specs {
			commandInfo(c, s)
		}
	case c.Is(1, "COUNT") && c.NArg() == 2:
		c.Integer(int64(len(specs)))
	case c.Is(1, "LIST") && c.NArg() == 2:
		commandNames(c, specs, func(*command.Spec) bool { return true })
	case c.Is(1, "LIST") && c.NArg() == 5 && c.Is(2, "FILTERBY") && c.IsAny(3, "MODULE", "ACLCAT", "PATTERN"):
		commandNames(c, specs, commandFilter(c))
	case c.Is(1, "INFO"):
		commandInfos(c, specs)
	case c.Is(1, "DOCS"):
		commandDocs(c, specs)
	case c.Is(1, "GETKEYS") && c.NArg() > 3:
		commandKeys(c)
	case c.IsAny(1, "COUNT", "GETKEYS"):
		c.WrongSubArgs()
	case c.Is(1, "LIST"):
		c.Error(reply.SyntaxError)
	default:
		c.UnknownSub("COMMAND")
	}
}

// commandNames answers with the names of the selected commands.
func commandNames(c *session.Call, specs []command.Spec, wanted func(*command.Spec) bool) {
	var names []string
	for i := range specs {
		if wanted(&specs[i]) {
			names = append(names, strings.ToLower(specs[i].Name))
		}
	}
	c.Array(len(names))
	for _, n := range names {
		c.Text(n)
	}
}

// commandFilter returns the filter of COMMAND LIST FILTERBY.
func commandFilter(c *session.Call) func(*command.Spec) bool {
	of := c.Lower(4)
	switch {
	case c.Is(3, "PATTERN"):
		return func(s *command.Spec) bool { return wire.Match([]byte(of), []byte(strings.ToLower(s.Name))) }
	case c.Is(3, "ACLCAT"):
		return func(s *command.Spec) bool { return slices.Contains(s.Categories(), "@"+of) }
	}
	return func(*command.Spec) bool { return false } // there are no modules
}

func commandDocs(c *session.Call, specs []command.Spec) {
	if c.NArg() > 2 {
		specs = nil
		for i := 2; i < c.NArg(); i++ {
			if s, ok := c.Node.Spec(c.Arg(i)); ok {
				specs = append(specs, s)
			}
		}
	}
	c.Map(len(specs))
	for _, s := range specs {
		c.Text(strings.ToLower(s.Name))
		c.Map(3)
		for _, p := range [...][2]string{{"summary", s.Summary}, {"since", s.Since}, {"group", s.Group}} {
			c.Text(p[0])
			c.Text(p[1])
		}
	}
}

func commandKeys(c *session.Call) {
	s, ok := c.Node.Spec(c.Arg(2))
	args := c.NArg() - 2
	switch {
	case !ok:
		c.Fail("Invalid command specified")
		return
	case s.First == 0:
		c.Fail("The command has no key arguments")
		return
	case s.Arity >= 0 && args != s.Arity || args < -s.Arity:
		c.Fail("Invalid number of arguments specified for command")
		return
	}
	keys := slices.Collect(s.Keys(args))
	c.Array(len(keys))
	for _, i := range keys {
		c.Bulk(c.Arg(i + 2))
	}
}
