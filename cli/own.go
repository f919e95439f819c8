package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/internal/command"
)

// handler executes a command; args begins with its name. A result and an error
// together mean that a part succeeded and the rest failed.
type handler func(ctx context.Context, s *session, args []string) (result, error)

// ownCommand is a command of the command line itself.
type ownCommand struct {
	command.Spec
	run  handler
	long string // for --help and the manual, after the summary
}

const ownGroup = "command line"

// ownCommands are in the order in which the help shows them.
func ownCommands() []ownCommand {
	own := func(name, syntax, summary string, run handler, long string) ownCommand {
		arity := 1
		for _, word := range strings.Fields(syntax) {
			if strings.HasPrefix(word, "[") {
				break
			}
			arity++
		}
		if strings.Contains(syntax, "[") {
			arity = -arity
		}
		return ownCommand{Spec: command.Spec{Name: name, Arity: arity, Group: ownGroup, Syntax: syntax, Summary: summary}, run: run, long: long}
	}
	return []ownCommand{
		own("STATUS", "", "Shows every node: state, keys, memory, hit ratio, load, lag.", cmdStatus,
			"It also shows nodes that are down. The exit status is 3 if a node does not answer."),
		own("WATCH", "[seconds [count]]", "Repeats STATUS every 2 seconds.", cmdWatch,
			"It ends with Ctrl-C, or after count times."),
		own("WHERE", "key", "Shows the slot, the group and the members that a key belongs to.", cmdWhere,
			"It asks the nodes which member is the primary. If none answers, it goes by the config and says so on standard error."),
		own("PLAN", "config", "Shows what share of the keys would move with another config.", cmdPlan,
			"Nothing is changed. If the nodes have an assignment of slots, it is what REBALANCE would move with that config."),
		own("REBALANCE", rebalanceSyntax, "Moves slots so that each group owns as many as its weight says.", cmdRebalance, rebalanceHelp),
		own("BIGKEYS", "[count]", "Shows the keys that take the most memory, 10 by default.", cmdBigKeys,
			"It walks all keys and asks the nodes for the size of each one."),
		own("LATENCY", "[seconds [node]]", "Measures round trips to each node for 5 seconds and shows a histogram.", cmdLatency,
			"One PING after another is sent to each node, to all nodes at the same time. LATENCY HISTOGRAM and other words go to the nodes."),
		own("MEMORY", "", "Says what more memory would bring to each group and node.", cmdMemory,
			"Each node predicts its hit ratio with other budgets from a sample of the keys; a group's is that of its members, weighed by their reads. MEMORY CURVE and MEMORY USAGE go to the nodes."),
		own("DUMP", "file [pattern]", "Writes keys, values and expiries to a file; - is standard output.", cmdDump,
			"The file gets its name once it is complete. It may or may not contain writes made meanwhile."),
		own("LOAD", "file [NX]", "Stores the entries of a file that DUMP wrote; - is standard input. NX keeps existing keys.", cmdLoad,
			"The whole file is checked before anything is stored. Expired entries are skipped."),
		own("HELP", "[command]", "Shows all commands, or one.", cmdHelp, ""),
		own("EXIT", "", "Leaves the prompt; so do QUIT and Ctrl-D.", cmdExit, ""),
	}
}

// aliases are the names of the line dialect that RESP does not have.
var aliases = map[string]string{"DELETE": "DEL", "FLUSH": "FLUSHALL", "QUIT": "EXIT", "STATS": "STATUS"}

// catalog finds commands.
type catalog struct {
	own  map[string]ownCommand
	node map[string]command.Spec
}

func newCatalog() *catalog {
	c := &catalog{own: map[string]ownCommand{}, node: map[string]command.Spec{}}
	for _, o := range ownCommands() {
		c.own[o.Name] = o
	}
	for _, s := range command.Specs() {
		c.node[s.Name] = s
	}
	return c
}

// canonical returns a command's name in the tables.
func canonical(name string) string {
	name = strings.ToUpper(name)
	if real, ok := aliases[name]; ok {
		return real
	}
	return name
}

// find returns the spec of a command; own commands take precedence over those of nodes.
func (c *catalog) find(name string) (command.Spec, bool) {
	name = canonical(name)
	if o, ok := c.own[name]; ok {
		return o.Spec, true
	}
	s, ok := c.node[name]
	return s, ok
}

// findWith is find for a name that may be in both tables, by what follows it.
func (c *catalog) findWith(args []string) (command.Spec, bool) {
	if node, ok := c.node[canonical(args[0])]; ok && node.Name != "REBALANCE" && toNodes(args) {
		return node, true
	}
	return c.find(args[0])
}

// offered reports whether a node's command is available under its own name on the
// command line.
func (c *catalog) offered(name string) bool {
	_, own := c.own[name]
	_, alias := aliases[name]
	return !own && !alias && refusal(name, nil) == ""
}

// names returns all names that may be typed, sorted.
func (c *catalog) names() []string {
	var all []string
	for n := range c.own {
		all = append(all, n)
	}
	for n := range c.node {
		if c.offered(n) {
			all = append(all, n)
		}
	}
	for n := range aliases {
		all = append(all, n)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// near returns the known name that is most similar to a mistyped one, or "".
func (c *catalog) near(name string) string {
	best, least := "", max(1, min(len(name), 9)/3)+1
	for _, n := range c.names() {
		if d := distance(strings.ToUpper(name), n); d < least {
			best, least = n, d
		}
	}
	return best
}

// distance counts the letters that must be changed, added, removed, or swapped with
// the next.
func distance(a, b string) int {
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			d := row[j]
			if a[i] != b[j] {
				d++
			}
			d = min(d, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				d = min(d, before[j-1]+1)
			}
			next[j+1] = d
		}
		before, row = row, next
	}
	return row[len(b)]
}
