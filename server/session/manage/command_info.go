package manage

import (
	"strings"

	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/server/session"
)

func commandInfos(c *session.Call, specs []command.Spec) {
	if c.NArg() == 2 {
		c.Array(len(specs))
		for _, s := range specs {
			commandInfo(c, s)
		}
		return
	}
	c.Array(c.NArg() - 2)
	for i := 2; i < c.NArg(); i++ {
		if s, ok := c.Node.Spec(c.Arg(i)); ok {
			commandInfo(c, s)
		} else {
			c.NoArray()
		}
	}
}

// commandInfo appends one element of COMMAND INFO.
func commandInfo(c *session.Call, s command.Spec) {
	c.Array(10)
	c.Text(strings.ToLower(s.Name))
	c.Integer(int64(s.Arity))
	simpleSet(c, strings.Fields(s.Flags))
	for _, n := range [...]int{s.First, s.Last, s.Step} {
		c.Integer(int64(n))
	}
	simpleSet(c, s.Categories())
	tips := s.Tips()
	c.Set(len(tips))
	for _, tip := range tips {
		c.Text(tip)
	}
	keySpecs(c, s.KeySpecs())
	c.Set(0) // subcommands
}

func simpleSet(c *session.Call, names []string) {
	c.Set(len(names))
	for _, name := range names {
		c.Simple(name)
	}
}

func keySpecs(c *session.Call, specs []command.KeySpec) {
	c.Set(len(specs))
	for _, k := range specs {
		c.Map(3)
		c.Text("flags")
		simpleSet(c, k.Flags)
		keySpecPart(c, "begin_search", "index", part{"index", k.Begin})
		keySpecPart(c, "find_keys", "range", part{"lastkey", k.Last}, part{"keystep", k.Step}, part{"limit", 0})
	}
}

// part is a named number of a key specification.
type part struct {
	name string
	n    int
}

// keySpecPart appends a step of finding the keys: its algorithm and the parameters.
func keySpecPart(c *session.Call, step, algorithm string, parameters ...part) {
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
