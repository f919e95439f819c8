package command

import "strings"

// KeySpec is how a command uses some of its keys, as COMMAND INFO of Redis 7 describes it: those from
// argument Begin on, each Step-th one, up to Last (0: that one alone; -1: the last argument).
type KeySpec struct {
	// Flags begin with RO, RW, OW or RM: reads, changes, overwrites, removes without reading. Then comes
	// what is done with values: access (some of it is returned), insert, update, delete.
	Flags             []string
	Begin, Last, Step int
}

// KeySpecs describe the keys that s takes; nil if it takes none, or only its subcommands do.
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

// Tips tell a client that speaks to several nodes, as COMMAND INFO of Redis 7 does, where a command belongs,
// what to make of the replies, and whether they may differ from time to time.
func (s Spec) Tips() []string { return strings.Fields(s.Remarks) }
