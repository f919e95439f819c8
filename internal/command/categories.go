package command

import (
	"slices"
	"strings"
)

// Categories returns the command's categories, in the form and order of COMMAND INFO.
func (s Spec) Categories() []string {
	flags := strings.Fields(s.Flags)
	is := func(flag string) bool { return slices.Contains(flags, flag) }
	extra := strings.Fields(s.Extra)
	var in []string
	for _, c := range [...]struct {
		name string
		in   bool
	}{
		{"keyspace", s.Group == "generic" && (is("readonly") || is("write"))},
		{"read", is("readonly")},
		{"write", is("write")},
		{"string", s.Group == "string"},
		{"admin", is("admin")},
		{"fast", is("fast")},
		{"slow", !is("fast")},
		{"dangerous", is("admin")},
		{"connection", s.Group == "connection" || s.Group == "cluster" && is("fast")},
		{"transaction", s.Group == "transactions"},
	} {
		if c.in || slices.Contains(extra, c.name) {
			in = append(in, "@"+c.name)
		}
	}
	return in
}
