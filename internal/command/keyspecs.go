package command

import "strings"

// KeySpec describes how a command uses some of its keys, as COMMAND INFO of Redis 7 does: every Step-th argument from Begin
// up to Last (0: only Begin; -1: the last argument).
type KeySpec struct {
	// Flags begin with RO, RW, OW or RM: the command reads, changes, overwrites, or removes the keys without reading them.
	// The others say what it does with the values: access (it returns some of the data), insert, update, delete.
	Flags             []string
	Begin, Last, Step int
}

// KeySpecs describes how s uses its keys; nil if it has none, or only its subcommands have some.
func (s Spec) KeySpecs() []KeySpec {
	var all []KeySpec
	uses := strings.Split(s.KeyUse, ", ")
	for i, use := range uses {
		if use == "" {
			continue
		}
		spec := KeySpec{Flags: strings.Fields(use), Begin: s.First + i*s.Step, Step: 1}
		if s.Last < 0 {
			spec.Last, spec.Step = s.Last, s.Step
		}
		all = append(all, spec)
	}
	return all
}

// Tips returns the hints that COMMAND INFO of Redis 7 gives to clients of several nodes: where to send a command, how to
// combine the replies, and whether they are deterministic.
func (s Spec) Tips() []string { return strings.Fields(s.Remarks) }
