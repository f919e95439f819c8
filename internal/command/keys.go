package command

import (
	"iter"
	"slices"
	"strings"
)

// Find returns the command with a name in any letter case.
func Find(name string) (s Spec, ok bool) {
	at, ok := byName[name]
	if !ok {
		at, ok = byName[strings.ToUpper(name)]
	}
	if !ok {
		return Spec{}, false
	}
	return specs[at], true
}

var byName = func() map[string]int {
	m := make(map[string]int, len(specs))
	for i, s := range specs {
		m[s.Name] = i
	}
	return m
}()

// Writes reports whether the command changes what is stored.
func (s Spec) Writes() bool { return slices.Contains(strings.Fields(s.Flags), "write") }

// Keys yields the positions of the keys in a request with args arguments, the name
// included.
func (s Spec) Keys(args int) iter.Seq[int] {
	return func(yield func(int) bool) {
		if s.First == 0 {
			return
		}
		last := s.Last
		if last < 0 {
			last += args
		}
		for i := s.First; i <= last && i < args; i += max(s.Step, 1) {
			if !yield(i) {
				return
			}
		}
	}
}
