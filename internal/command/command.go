// Package command is what those who must not import the server know of the commands of a node: names, arity, keys,
// flags and texts. It is data alone, and generated: package server/session declares each command beside its function.
package command

// Spec describes a command of the RESP dialect.
type Spec struct {
	Name    string // upper case
	Arity   int    // arguments with the name; negative: at least so many
	Flags   string // as COMMAND INFO names them, separated by spaces
	First   int    // position of the first key, 0: no keys
	Last    int    // of the last; -1: the last argument
	Step    int    // from one key to the next
	Group   string // as COMMAND DOCS groups them: string, generic, server, connection, transactions, cluster
	Since   string // version of Redis, or of Valkey, that first had it
	Syntax  string // the arguments
	Summary string

	KeyUse  string // how the keys are used: see KeySpecs
	Extra   string // categories beside those that follow from flags and group
	Remarks string // see Tips
	// Instead is what a program does that must not send the command on a connection that callers share; empty: any
	// connection carries it, unless there are Subs: these decide.
	Instead string
	Subs    []Sub
}

// Sub is a subcommand of a command that only some of them forbid on a shared connection.
type Sub struct {
	Name    string
	Shared  bool
	Instead string // of one that is not shared; empty: a connection of one's own
}

// Line describes a command of the line dialect.
type Line struct {
	Name   string // upper case; lower-case words are unknown in this dialect
	Min    int    // fields with the name, at least
	Max    int    // at most; the last field takes the rest of the line, spaces included
	Key    int    // position of the key, 0: none
	Syntax string // the arguments, as usage errors show them
	Reply  string // what it answers, for the document
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
