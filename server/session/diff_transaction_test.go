package session_test

import (
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/internal/wire"
)

// transaction makes commands between MULTI and EXEC or DISCARD, except those whose replies differ from redis-server's
// and those that a node refuses in a transaction.
func (g *generator) transaction() []step {
	say := func(args ...string) step { return step{args: args, inline: g.chance(5)} }
	steps := []step{say(g.anyCase("MULTI"))}
	for range g.r.IntN(12) {
		switch s := g.step(); {
		case g.chance(2):
			steps = append(steps, say("MULTI"))
		case g.queueable(s):
			steps = append(steps, s)
		}
	}
	end := g.pick("EXEC", "EXEC", "EXEC", "exec", "DISCARD", "RESET")
	steps = append(steps, say(end))
	if g.chance(10) {
		steps = append(steps, say(g.pick("EXEC", "DISCARD")))
	}
	return steps
}

func (g *generator) queueable(s step) bool {
	name := strings.ToUpper(s.args[0])
	if slices.Contains([]string{"OBJECT", "MEMORY", "DBSIZE", "TIME", "RESET"}, name) {
		return false
	}
	for _, spec := range command.Specs() {
		if spec.Name == name {
			return spec.First > 0 || slices.Contains([]string{"PING", "ECHO", "SELECT", "FLUSHALL", "FLUSHDB"}, name)
		}
	}
	return true // unknown to both
}

// inTransaction tracks the queued commands. For the reply of an EXEC, which has a reply to each of them, it returns
// true and describes what is wrong.
func (p *pair) inTransaction(s step, got, want wire.Reply) (why string, exec bool) {
	switch name := strings.ToUpper(s.args[0]); {
	case name == "MULTI" && want.Raw == "+OK\r\n":
		p.queue = [][]string{}
	case want.Raw == "+QUEUED\r\n":
		p.queue = append(p.queue, s.args)
	case name == "EXEC" && want.Kind == '*' && got.Kind == '*':
		if len(want.Elems) != len(p.queue) || len(got.Elems) != len(p.queue) {
			return "the number of replies differs", true
		}
		for i, args := range p.queue {
			if why := p.judge.compare(args, got.Elems[i], want.Elems[i]); why != "" {
				return strings.Join(args, " ") + ": " + why, true
			}
		}
		p.executed++
		return "", true
	}
	return "", false
}
