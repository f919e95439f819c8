package command

import (
	"slices"
	"strings"
)

// Commands that are in a category for what they do rather than for their flags or group.
var (
	keyspace  = []string{"DBSIZE", "FLUSHALL", "FLUSHDB"}
	dangerous = []string{"KEYS", "FLUSHALL", "FLUSHDB", "INFO", "ROLE"}
)

// Categories are the command's, as COMMAND INFO names and orders them.
func (s Spec) Categories() []string {
	flags := strings.Fields(s.Flags)
	is := func(flag string) bool { return slices.Contains(flags, flag) }
	var in []string
	for _, c := range [...]struct {
		name string
		in   bool
	}{
		{"@keyspace", s.Group == "generic" && s.Name != "WAIT" || slices.Contains(keyspace, s.Name)},
		{"@read", is("readonly")},
		{"@write", is("write")},
		{"@string", s.Group == "string"},
		{"@admin", is("admin") || s.Name == "ROLE"},
		{"@fast", is("fast")},
		{"@slow", !is("fast")},
		{"@dangerous", is("admin") || slices.Contains(dangerous, s.Name)},
		{"@connection", s.Group == "connection" || s.Name == "WAIT" || s.Name == "COMMAND" || s.Group == "cluster" && s.Name != "CLUSTER"},
		{"@transaction", s.Group == "transactions"},
	} {
		if c.in {
			in = append(in, c.name)
		}
	}
	return in
}
