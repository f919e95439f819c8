package session

import (
	"math"
	"strings"

	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

// Command declares a command. Each literal stands beside its function. The dispatch tables, COMMAND, HELP, docs/protocol.md
// and package command, which the command line and the client use, are derived from it.
type Command struct {
	Name  string // upper case
	Run   func(*Call)
	Arity int // number of arguments, the name included; -n: at least n
	Keys  Keys
	// KeyUse is how the keys are used, as COMMAND INFO shows it. If two keys are used differently, it has both, separated
	// by a comma.
	KeyUse string
	// Flags are those of COMMAND INFO, separated by spaces. They imply preconditions; Needs adds further ones, and Spares
	// removes some that the flags imply.
	Flags         string
	Needs, Spares uint32
	Categories    string // in addition to those that follow from flags and group; without @
	Group         string // of COMMAND DOCS: string, generic, server, connection, transactions, cluster
	Since         string // the first version of Redis, or of Valkey, that has it
	Tips          string // for clients of several nodes, as COMMAND INFO shows them
	Syntax        string // the arguments
	Summary       string
	Subcommands   []Subcommand
	// Exactly one of these three is set. Shared: callers that share a connection may send the command on it. Instead: they
	// must not, because it changes the connection's state, blocks it, or takes it over; the text names the alternative for
	// users of the Go client. BySub: the subcommand decides.
	Shared  bool
	Instead string
	BySub   bool
	// Timed commands may take long; each call is timed, for the slow log.
	Timed bool
	// Secret commands have a password, or other text that is not a key, among their arguments: SLOWLOG shows no arguments.
	Secret bool
	Queued Queueing
	// Outside is a subcommand that is refused in a transaction: it locks shards by itself.
	Outside string
	// Required says why the command cannot be disabled; empty: it can.
	Required string
	Differs  []Difference
	Line     []Form // in the line dialect; nil: the command does not exist there
}

// Keys are the positions of a command's keys: the first, the last (-1: the last argument), and the step between them.
type Keys struct{ First, Last, Step int }

// The usual positions.
var (
	OneKey   = Keys{1, 1, 1}
	TwoKeys  = Keys{1, 2, 1}
	AllArgs  = Keys{1, -1, 1}
	Pairs    = Keys{1, -1, 2}
	KeyOfSub = Keys{2, 2, 1}
)

// Queueing says how a command is treated after MULTI.
type Queueing uint8

const (
	ByKeys Queueing = iota // queued if it has keys, otherwise refused
	Within                 // queued
	Alone                  // executed at once
)

// Subcommand declares a subcommand. Usage begins with its name.
type Subcommand struct {
	Usage, Help string
	Shared      bool   // as Command.Shared; only for commands that are BySub
	Instead     string // as Command.Instead; empty: use a connection of your own
}

// Difference declares how the command's replies deliberately differ from those of redis-server. Commands with equal
// differences share a row of docs/protocol.md.
type Difference struct {
	Sub     string // empty: the command without subcommands
	Compare command.Comparison
	Fields  []string // of command.OwnFields
	What    string
}

// Form is a command in the line dialect.
type Form struct {
	Name   string // upper case; empty: the command's
	Min    int    // least number of fields, the name included
	Max    int    // greatest number; a <value> at the end of Syntax is the rest of the line, spaces included
	Key    int    // position of the key, which must not be empty; 0: no key
	Syntax string // the arguments, as usage errors show them
	Reply  string // the reply, described for docs/protocol.md
	// Words replace the dialect's own replies. Run replaces Command.Run if the form takes other arguments or its reply
	// cannot be derived from the command's.
	Words *reply.Words
	Run   func(*Call)
}

// Unlimited is the Max of a form that takes any number of fields.
const Unlimited = 1 << 20

// Commands returns the commands of this package: those of transactions.
func Commands() []Command { return transactionCommands }

// needs returns the preconditions of the command; key is the position of its first key, 0: none.
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

// bounds returns the least and the greatest number of arguments.
func (c *Command) bounds() (least, most int) {
	if c.Arity < 0 {
		return -c.Arity, math.MaxInt
	}
	return c.Arity, c.Arity
}

// Spec returns the command's description for COMMAND, the client and the command line.
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
