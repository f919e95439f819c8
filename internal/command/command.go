// Package command describes the commands of a node, for packages that must not import the server: names, arity, keys,
// flags and texts. The data is generated: package server/session and those below it declare each command beside its function.
package command

// Spec describes a command of the RESP dialect.
type Spec struct {
	Name    string // upper case
	Arity   int    // number of arguments, the name included; -n: at least n
	Flags   string // as COMMAND INFO shows them, separated by spaces
	First   int    // position of the first key; 0: no keys
	Last    int    // position of the last key; -1: the last argument
	Step    int    // from one key to the next
	Group   string // as COMMAND DOCS groups them: string, generic, server, connection, transactions, cluster
	Since   string // first version of Redis, or of Valkey, that has it
	Syntax  string // the arguments
	Summary string

	KeyUse  string // how the keys are used: see KeySpecs
	Extra   string // categories in addition to those that follow from flags and group
	Remarks string // see Tips
	// Instead names the alternative to sending the command on a connection that callers share. Empty: any
	// connection may carry the command, unless there are Subs, which then decide.
	Instead string
	Subs    []Sub
}

// Sub is a subcommand, for commands with some subcommands that a shared connection must not carry.
type Sub struct {
	Name    string
	Shared  bool
	Instead string // if not Shared; empty: use a connection of your own
}

// Line describes a command of the line dialect.
type Line struct {
	Name   string // upper case, as requests must have it
	Min    int    // least number of fields, the name included
	Max    int    // greatest number of fields; the last is the rest of the line, spaces included
	Key    int    // position of the key; 0: no key
	Syntax string // the arguments, as usage errors show them
	Reply  string // the reply, described for docs/protocol.md
}

// Usage is the command as a person types it.
func (l Line) Usage() string {
	if l.Syntax == "" {
		return l.Name
	}
	return l.Name + " " + l.Syntax
}

// Lines are the commands of the line dialect.
func Lines() []Line { return lines }

// Specs are the commands of the RESP dialect, by subject.
func Specs() []Spec { return specs }
