package session

import (
	"math"
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

// Command is all there is to know of a command. The literals stand beside the functions; the tables that dispatch,
// COMMAND, HELP, docs/protocol.md, and the command line's and the client's knowledge come from them.
type Command struct {
	Name  string // upper case
	Run   func(*Call)
	Arity int // arguments with the name; negative: at least so many
	Keys  Keys
	// KeyUse is how the keys are used, as COMMAND INFO shows it; of two keys used differently, one after the other
	// with a comma between.
	KeyUse string
	// Flags are those of COMMAND INFO, separated by spaces. They decide what the command needs of node and client; Needs
	// are what it needs besides, Spares what it does not need although its flags say so.
	Flags         string
	Needs, Spares uint32
	Categories    string // beside those that follow from flags and group, without @
	Group         string // of COMMAND DOCS: string, generic, server, connection, transactions, cluster
	Since         string // the version of Redis, or of Valkey, that first had it
	Tips          string // for clients of several nodes, as COMMAND INFO shows them
	Syntax        string // the arguments
	Summary       string
	Subcommands   []Subcommand
	// A connection that callers share carries the command if it is Shared. It must not carry one that changes the
	// connection's state, holds it up, or takes it over: Instead says what users of the Go client do. BySub: the
	// subcommands decide. One of the three is set.
	Shared  bool
	Instead string
	BySub   bool
	// Timed commands may be long and are timed one by one, for the slow log.
	Timed bool
	// Secret commands have a password, or text that is no key, among their arguments: SLOWLOG shows none of these.
	Secret bool
	Queued Queueing
	// Required is why the command cannot be switched off; empty: it can.
	Required string
	Differs  []Difference
	Line     []Form // in the line dialect; nil: it has none there
}

// Keys are the positions of a command's keys: the first, the last (-1: of the last argument), and the step between.
type Keys struct{ First, Last, Step int }

// The usual positions.
var (
	OneKey   = Keys{1, 1, 1}
	TwoKeys  = Keys{1, 2, 1}
	AllArgs  = Keys{1, -1, 1}
	Pairs    = Keys{1, -1, 2}
	KeyOfSub = Keys{2, 2, 1}
)

// Queueing is what a transaction that has begun does with a command.
type Queueing uint8

const (
	ByKeys Queueing = iota // queues it if it has keys, and refuses it otherwise
	Within                 // queues it
	Alone                  // executes it at once
)

// Subcommand is one of a command's. Usage begins with its name.
type Subcommand struct {
	Usage, Help string
	Shared      bool   // a connection that callers share may carry it; only for commands that say BySub
	Instead     string // see Command; empty: a connection of one's own
}

// Difference is where the command deliberately does not reply what redis-server does. Equal ones of several commands
// share a row of docs/protocol.md.
type Difference struct {
	Sub     string // empty: the command without subcommands
	Compare command.Comparison
	Fields  []string // of command.OwnFields
	What    string
}

// What several commands differ in.
const (
	aboutNode  = "Tell about this node and its clients."
	aboutTable = "Tell about the commands of this table. So does `COMMAND INFO`, without subcommands, each of which Redis describes, and without remarks on keys; of commands that have no subcommands it says what Redis says."
)

// Form is how a dialect of lines puts a command.
type Form struct {
	Name   string // upper case; empty: the command's
	Min    int    // fields with the name, at least
	Max    int    // at most; a <value> at the end of Syntax takes the rest of the line, spaces included
	Key    int    // position of the key, 0: none. It must not be empty
	Syntax string // the arguments, as usage errors show them
	Reply  string // what it answers, for the document
	// Words are what replies become; Run is a function of its own for what takes other arguments, or answers what
	// cannot be told from the command's reply.
	Words *reply.Words
	Run   func(*Call)
}

// Unlimited is the Max of a form that takes any number of fields.
const Unlimited = 1 << 20

// Commands are those of this package, by subject.
func Commands() []Command {
	return slices.Concat(connectionCommands, authCommands, clientCommands, transactionCommands,
		infoCommands, configCommands, tableCommands, slowlogCommands, latencyCommands, moduleCommands, clusterCommands, replicationCommands)
}

// needs are the preconditions of the command.
func (c *Command) needs(key int) uint32 {
	needs := NeedsData | NeedsUser | NeedsRoom
	for _, f := range strings.Fields(c.Flags) {
		switch f {
		case "readonly":
			needs |= MayRead
		case "write":
			needs |= NeedsWrite | MayWrite
		case "admin":
			needs |= MayAdmin
		case "loading":
			needs &^= NeedsData
		case "no_auth":
			needs &^= NeedsUser
		}
	}
	if key > 0 {
		needs |= SomeKeys
	}
	return (needs | c.Needs) &^ c.Spares
}

// bounds are the least and the greatest number of arguments.
func (c *Command) bounds() (least, most int) {
	if c.Arity < 0 {
		return -c.Arity, math.MaxInt
	}
	return c.Arity, c.Arity
}

// Spec is what COMMAND, the client and the command line know of the command.
func (c *Command) Spec() command.Spec {
	s := command.Spec{
		Name: c.Name, Arity: c.Arity, Flags: c.Flags, First: c.Keys.First, Last: c.Keys.Last, Step: c.Keys.Step,
		Group: c.Group, Since: c.Since, Syntax: c.Syntax, Summary: c.Summary,
		KeyUse: c.KeyUse, Extra: c.Categories, Remarks: c.Tips, Instead: c.Instead,
	}
	if c.BySub {
		for _, sub := range c.Subcommands {
			name, _, _ := strings.Cut(sub.Usage, " ")
			s.Subs = append(s.Subs, command.Sub{Name: name, Shared: sub.Shared, Instead: sub.Instead})
		}
	}
	return s
}
