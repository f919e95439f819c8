package session

import (
	"slices"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/internal/wire"
)

func cmdCommand(c *call) {
	specs := command.Specs()
	switch {
	case len(c.args) == 1:
		c.out = wire.Array(c.out, len(specs))
		for _, s := range specs {
			c.commandInfo(s)
		}
	case c.is(1, "COUNT") && len(c.args) == 2:
		c.integer(int64(len(specs)))
	case c.is(1, "LIST") && len(c.args) == 2:
		c.commandNames(specs, func(*command.Spec) bool { return true })
	case c.is(1, "LIST") && len(c.args) == 5 && c.is(2, "FILTERBY") && c.isAny(3, "MODULE", "ACLCAT", "PATTERN"):
		c.commandNames(specs, c.commandFilter())
	case c.is(1, "INFO"):
		c.commandInfos(specs)
	case c.is(1, "DOCS"):
		c.commandDocs(specs)
	case c.is(1, "GETKEYS") && len(c.args) > 3:
		c.commandKeys()
	case c.isAny(1, "COUNT", "GETKEYS"):
		c.wrongArgs("command|" + lower(string(c.arg(1))))
	case c.is(1, "LIST"):
		c.fail(syntaxError)
	default:
		c.unknownSub("COMMAND")
	}
}

func (c *call) commandInfos(specs []command.Spec) {
	if len(c.args) == 2 {
		c.out = wire.Array(c.out, len(specs))
		for _, s := range specs {
			c.commandInfo(s)
		}
		return
	}
	c.out = wire.Array(c.out, len(c.args)-2)
	for i := 2; i < len(c.args); i++ {
		if h := c.n.table.find(c.arg(i)); h != nil {
			c.commandInfo(h.spec)
		} else {
			c.out = wire.NullArray(c.out, c.p)
		}
	}
}

// commandNames answers the names of the commands that are wanted.
func (c *call) commandNames(specs []command.Spec, wanted func(*command.Spec) bool) {
	var names []string
	for i := range specs {
		if wanted(&specs[i]) {
			names = append(names, lower(specs[i].Name))
		}
	}
	c.out = wire.Array(c.out, len(names))
	for _, n := range names {
		c.out = wire.BulkString(c.out, n)
	}
}

// commandFilter is what COMMAND LIST FILTERBY wants.
func (c *call) commandFilter() func(*command.Spec) bool {
	of := lower(string(c.arg(4)))
	switch {
	case c.is(3, "PATTERN"):
		return func(s *command.Spec) bool { return wire.Match([]byte(of), []byte(lower(s.Name))) }
	case c.is(3, "ACLCAT"):
		return func(s *command.Spec) bool { return slices.Contains(s.Categories(), "@"+of) }
	}
	return func(*command.Spec) bool { return false } // there are no modules
}

// commandInfo appends one element of COMMAND INFO.
func (c *call) commandInfo(s command.Spec) {
	c.out = wire.Array(c.out, 10)
	c.out = wire.BulkString(c.out, lower(s.Name))
	c.out = wire.Int(c.out, int64(s.Arity))
	c.simpleSet(strings.Fields(s.Flags))
	for _, n := range [...]int{s.First, s.Last, s.Step} {
		c.out = wire.Int(c.out, int64(n))
	}
	c.simpleSet(s.Categories())
	tips := s.Tips()
	c.out = wire.Set(c.out, c.p, len(tips))
	for _, tip := range tips {
		c.out = wire.BulkString(c.out, tip)
	}
	c.keySpecs(s.KeySpecs())
	c.out = wire.Set(c.out, c.p, 0) // subcommands
}

func (c *call) simpleSet(names []string) {
	c.out = wire.Set(c.out, c.p, len(names))
	for _, name := range names {
		c.out = wire.Simple(c.out, name)
	}
}

func (c *call) keySpecs(specs []command.KeySpec) {
	c.out = wire.Set(c.out, c.p, len(specs))
	for _, k := range specs {
		c.out = wire.Map(c.out, c.p, 3)
		c.out = wire.BulkString(c.out, "flags")
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
func (c *call) keySpecPart(step, algorithm string, parameters ...part) {
	c.out = wire.BulkString(c.out, step)
	c.out = wire.Map(c.out, c.p, 2)
	c.out = wire.BulkString(c.out, "type")
	c.out = wire.BulkString(c.out, algorithm)
	c.out = wire.BulkString(c.out, "spec")
	c.out = wire.Map(c.out, c.p, len(parameters))
	for _, p := range parameters {
		c.out = wire.BulkString(c.out, p.name)
		c.out = wire.Int(c.out, int64(p.n))
	}
}

func (c *call) commandDocs(specs []command.Spec) {
	if len(c.args) > 2 {
		specs = nil
		for i := 2; i < len(c.args); i++ {
			if h := c.n.table.find(c.arg(i)); h != nil {
				specs = append(specs, h.spec)
			}
		}
	}
	c.out = wire.Map(c.out, c.p, len(specs))
	for _, s := range specs {
		c.out = wire.BulkString(c.out, lower(s.Name))
		c.out = wire.Map(c.out, c.p, 3)
		for _, p := range [...][2]string{{"summary", s.Summary}, {"since", s.Since}, {"group", s.Group}} {
			c.out = wire.BulkString(c.out, p[0])
			c.out = wire.BulkString(c.out, p[1])
		}
	}
}

func (c *call) commandKeys() {
	h := c.n.table.find(c.arg(2))
	args := len(c.args) - 2
	switch {
	case h == nil:
		c.fail("Invalid command specified")
		return
	case h.spec.First == 0:
		c.fail("The command has no key arguments")
		return
	case h.spec.Arity > 0 && args != h.spec.Arity || args < -h.spec.Arity:
		c.fail("Invalid number of arguments specified for command")
		return
	}
	keys := slices.Collect(h.spec.Keys(args))
	c.out = wire.Array(c.out, len(keys))
	for _, i := range keys {
		c.out = wire.Bulk(c.out, c.arg(i+2))
	}
}

func cmdLatency(c *call) {
	switch {
	case c.is(1, "HISTOGRAM"):
		c.latencyHistogram()
	case c.is(1, "RESET"):
		c.integer(0)
	case c.is(1, "LATEST") && len(c.args) == 2:
		c.out = wire.Array(c.out, 0)
	case c.is(1, "HISTORY") && len(c.args) == 3:
		c.out = wire.Array(c.out, 0)
	case c.isAny(1, "LATEST", "HISTORY"):
		c.wrongArgs("latency|" + lower(string(c.arg(1))))
	default:
		c.unknownSub("LATENCY")
	}
}

func cmdDebug(c *call) {
	if !c.n.AllowDebug {
		c.fail("DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.")
		return
	}
	if !c.is(1, "SLEEP") || len(c.args) != 3 {
		c.subSyntax("DEBUG")
		return
	}
	if f, ok := wire.ParseFloat(c.arg(2)); ok { // no time at all otherwise, as in Redis
		seconds, _ := f.Float64()
		time.Sleep(time.Duration(min(seconds, maxSleep.Seconds()) * float64(time.Second)))
	}
	c.ok()
}

// maxSleep is how long DEBUG SLEEP holds up a connection, and its event loop, at most.
const maxSleep = time.Minute
