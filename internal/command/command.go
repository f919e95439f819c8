// Package command is the table of all commands that a node knows: names, arity,
// keys, flags and texts. Dispatch, usage errors, COMMAND, the protocol document
// and the command line's completion all come from it. It is data alone; package
// session binds the names to what they do.
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

const unlimited = 1 << 20

// Lines are the commands of the line dialect.
func Lines() []Line { return lines }

// Specs are the commands of the RESP dialect, in the order of their groups.
func Specs() []Spec { return specs }

var lines = []Line{
	{"SET", 3, 3, 1, "<key> <value>", "`OK`"},
	{"GET", 2, 2, 1, "<key>", "the value, or `ERROR: Key not found`"},
	{"DELETE", 2, 2, 1, "<key>", "`OK`, or `ERROR: Key not found`"},
	{"KEYS", 1, 1, 0, "", "a key a line, or `No keys found`"},
	{"FLUSH", 1, 1, 0, "", "`OK`"},
	{"PING", 1, 1, 0, "", "`PONG`"},
	{"AUTH", 2, 3, 0, "[<user>] <password>", "`OK`, or `ERROR: WRONGPASS ...`"},
	{"EXIT", 1, 1, 0, "", "`Goodbye!`, then the connection closes"},
	{"SETEX", 4, 4, 1, "<key> <seconds> <value>", "`OK`"},
	{"EXPIRE", 3, 3, 1, "<key> <seconds>", "`OK`, or `ERROR: Key not found`"},
	{"TTL", 2, 2, 1, "<key>", "seconds left rounded up, `-1` without expiry, or `ERROR: Key not found`"},
	{"PERSIST", 2, 2, 1, "<key>", "`OK`, or `ERROR: Key not found`"},
	{"SETNX", 3, 3, 1, "<key> <value>", "`OK`, or `ERROR: Key exists`"},
	{"INCR", 2, 2, 1, "<key>", "the new number, or `ERROR: Value is not an integer or out of range`"},
	{"DECR", 2, 2, 1, "<key>", "the new number, or `ERROR: Value is not an integer or out of range`"},
	{"EXISTS", 2, 2, 1, "<key>", "`1` or `0`"},
	{"MGET", 2, unlimited, 1, "<key> [<key> ...]", "a line for each key: the value, or `ERROR: Key not found`"},
	{"STATS", 1, 1, 0, "", "`name value` lines, then `END`"},
	{"REPLICA", 2, 3, 0, "PAUSE | RESUME [<secondary>] | SERVE", "`OK`; a primary stops, or goes on, sending to its secondaries, or serves without those it waits for"},
	{"INFO", 1, 2, 0, "[<section>]", "`name:value` lines, then `END`"},
}
