package session

import (
	"slices"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var tableCommands = []Command{
	{
		Name: "COMMAND", Run: cmdCommand, Arity: -1,
		Flags: "loading stale", Categories: "connection", Group: "server", Shared: true, Since: "2.8.13",
		Tips:    "nondeterministic_output_order",
		Syntax:  "[COUNT | LIST | INFO | DOCS | GETKEYS]",
		Summary: "Tells about commands.",
		Timed:   true,
		Differs: []Difference{{Compare: command.SameKind, What: aboutTable}, {Sub: "COUNT", Compare: command.SameKind, What: aboutTable}, {Sub: "LIST", Compare: command.SameKind, What: aboutTable}, {Sub: "DOCS", Compare: command.SameKind, What: aboutTable}},
		Subcommands: []Subcommand{
			{Usage: "(no subcommand)", Help: "Return what is known of every command."},
			{Usage: "COUNT", Help: "Return the number of commands."},
			{Usage: "DOCS [<command-name> ...]", Help: "Return the documentation of commands."},
			{Usage: "GETKEYS <full-command>", Help: "Return the keys of a full command."},
			{Usage: "INFO [<command-name> ...]", Help: "Return what is known of commands."},
			{Usage: "LIST [FILTERBY (MODULE <name>|ACLCAT <category>|PATTERN <pattern>)]", Help: "Return the names of commands."},
		},
	},
	{
		Name: "DEBUG", Run: cmdDebug, Arity: -2,
		Flags: "admin noscript loading stale", Group: "server", Shared: true, Since: "1.0.0",
		Syntax:  "SLEEP seconds",
		Summary: "Lets the connection wait; when the configuration allows it.",
		Timed:   true,
		Subcommands: []Subcommand{
			{Usage: "SLEEP <seconds>", Help: "Stop the event loop of this connection for that long."},
		},
	},
}

func cmdCommand(c *Call) {
	specs := c.Node.table.specs
	switch {
	case c.NArg() == 1:
		c.Array(len(specs))
		for _, s := range specs {
			c.commandInfo(s)
		}
	case c.Is(1, "COUNT") && c.NArg() == 2:
		c.Integer(int64(len(specs)))
	case c.Is(1, "LIST") && c.NArg() == 2:
		c.commandNames(specs, func(*command.Spec) bool { return true })
	case c.Is(1, "LIST") && c.NArg() == 5 && c.Is(2, "FILTERBY") && c.IsAny(3, "MODULE", "ACLCAT", "PATTERN"):
		c.commandNames(specs, c.commandFilter())
	case c.Is(1, "INFO"):
		c.commandInfos(specs)
	case c.Is(1, "DOCS"):
		c.commandDocs(specs)
	case c.Is(1, "GETKEYS") && c.NArg() > 3:
		c.commandKeys()
	case c.IsAny(1, "COUNT", "GETKEYS"):
		c.WrongArgs("command|" + lower(string(c.Arg(1))))
	case c.Is(1, "LIST"):
		c.Error(reply.SyntaxError)
	default:
		c.UnknownSub("COMMAND")
	}
}

func (c *Call) commandInfos(specs []command.Spec) {
	if c.NArg() == 2 {
		c.Array(len(specs))
		for _, s := range specs {
			c.commandInfo(s)
		}
		return
	}
	c.Array(c.NArg() - 2)
	for i := 2; i < c.NArg(); i++ {
		if h := c.Node.table.commands.find(c.Arg(i)); h != nil {
			c.commandInfo(h.Spec())
		} else {
			c.NoArray()
		}
	}
}

// commandNames answers the names of the commands that are wanted.
func (c *Call) commandNames(specs []command.Spec, wanted func(*command.Spec) bool) {
	var names []string
	for i := range specs {
		if wanted(&specs[i]) {
			names = append(names, lower(specs[i].Name))
		}
	}
	c.Array(len(names))
	for _, n := range names {
		c.Text(n)
	}
}

// commandFilter is what COMMAND LIST FILTERBY wants.
func (c *Call) commandFilter() func(*command.Spec) bool {
	of := lower(string(c.Arg(4)))
	switch {
	case c.Is(3, "PATTERN"):
		return func(s *command.Spec) bool { return wire.Match([]byte(of), []byte(lower(s.Name))) }
	case c.Is(3, "ACLCAT"):
		return func(s *command.Spec) bool { return slices.Contains(s.Categories(), "@"+of) }
	}
	return func(*command.Spec) bool { return false } // there are no modules
}

// commandInfo appends one element of COMMAND INFO.
func (c *Call) commandInfo(s command.Spec) {
	c.Array(10)
	c.Text(lower(s.Name))
	c.Integer(int64(s.Arity))
	c.simpleSet(strings.Fields(s.Flags))
	for _, n := range [...]int{s.First, s.Last, s.Step} {
		c.Integer(int64(n))
	}
	c.simpleSet(s.Categories())
	tips := s.Tips()
	c.Set(len(tips))
	for _, tip := range tips {
		c.Text(tip)
	}
	c.keySpecs(s.KeySpecs())
	c.Set(0) // subcommands
}

func (c *Call) simpleSet(names []string) {
	c.Set(len(names))
	for _, name := range names {
		c.Simple(name)
	}
}

func (c *Call) keySpecs(specs []command.KeySpec) {
	c.Set(len(specs))
	for _, k := range specs {
		c.Map(3)
		c.Text("flags")
		c.simpleSet(k.Flags)
		c.keySpecPart("begin_search", "index", part{"index", k.Begin})
		c.keySpecPart("find_keys", "range", part{"lastkey", k.Last}, part{"keystep", k.Step}, part{"limit", 0})
	}
}

// part is a number of a key specification, and what it is called.
type part struct {
	name string
	n    int
}

// keySpecPart appends how keys are found, by an algorithm and its parameters.
func (c *Call) keySpecPart(step, algorithm string, parameters ...part) {
	c.Text(step)
	c.Map(2)
	c.Text("type")
	c.Text(algorithm)
	c.Text("spec")
	c.Map(len(parameters))
	for _, p := range parameters {
		c.Text(p.name)
		c.Integer(int64(p.n))
	}
}

func (c *Call) commandDocs(specs []command.Spec) {
	if c.NArg() > 2 {
		specs = nil
		for i := 2; i < c.NArg(); i++ {
			if h := c.Node.table.commands.find(c.Arg(i)); h != nil {
				specs = append(specs, h.Spec())
			}
		}
	}
	c.Map(len(specs))
	for _, s := range specs {
		c.Text(lower(s.Name))
		c.Map(3)
		for _, p := range [...][2]string{{"summary", s.Summary}, {"since", s.Since}, {"group", s.Group}} {
			c.Text(p[0])
			c.Text(p[1])
		}
	}
}

func (c *Call) commandKeys() {
	h := c.Node.table.commands.find(c.Arg(2))
	args := c.NArg() - 2
	switch {
	case h == nil:
		c.Fail("Invalid command specified")
		return
	case h.key == 0:
		c.Fail("The command has no key arguments")
		return
	case args < h.least || args > h.most:
		c.Fail("Invalid number of arguments specified for command")
		return
	}
	keys := slices.Collect(h.Spec().Keys(args))
	c.Array(len(keys))
	for _, i := range keys {
		c.Bulk(c.Arg(i + 2))
	}
}

func cmdLatency(c *Call) {
	switch {
	case c.Is(1, "HISTOGRAM"):
		c.latencyHistogram()
	case c.Is(1, "RESET"):
		c.Integer(0)
	case c.Is(1, "LATEST") && c.NArg() == 2:
		c.Array(0)
	case c.Is(1, "HISTORY") && c.NArg() == 3:
		c.Array(0)
	case c.IsAny(1, "LATEST", "HISTORY"):
		c.WrongArgs("latency|" + lower(string(c.Arg(1))))
	default:
		c.UnknownSub("LATENCY")
	}
}

func cmdDebug(c *Call) {
	if !c.Node.AllowDebug {
		c.Fail("DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.")
		return
	}
	if !c.Is(1, "SLEEP") || c.NArg() != 3 {
		c.SubSyntax("DEBUG")
		return
	}
	if f, ok := wire.ParseFloat(c.Arg(2)); ok { // no time at all otherwise, as in Redis
		seconds, _ := f.Float64()
		time.Sleep(time.Duration(min(seconds, maxSleep.Seconds()) * float64(time.Second)))
	}
	c.OK()
}

// maxSleep is how long DEBUG SLEEP holds up a connection, and its event loop, at most.
const maxSleep = time.Minute
