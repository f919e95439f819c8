package session

import (
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

// TestHelp has every command that says "Try X HELP" answer it, and every subcommand that it names be known.
func TestHelp(t *testing.T) {
	f := newFixture(t, lru.Options{})
	tried := 0
	for _, h := range f.n.table.handlers { // CLUSTER HELP is refused, as by a redis-server that is no cluster
		f.s = f.n.NewSession(ConnInfo{}) // QUIT is one of them
		if h.line != nil || h.Name == "CLUSTER" || !strings.Contains(f.do(resp(h.Name, "nosuch")), "HELP.") {
			continue
		}
		tried++
		text := f.do(resp(h.Name, "help"))
		lines := strings.Split(text, "\r\n")
		if !strings.HasPrefix(text, "*") || lines[1] != "+"+h.Name+" <subcommand> [<arg> [value] [opt] ...]. Subcommands are:" {
			t.Fatalf("%s HELP is answered %q", h.Name, text)
		}
		for _, l := range lines[2:] {
			name, _, _ := strings.Cut(strings.TrimPrefix(l, "+"), " ")
			if name == "" || name == "HELP" || name == "(no" {
				continue // a description, this one, or none
			}
			if got := f.do(resp(h.Name, name)); strings.Contains(got, "unknown subcommand '") {
				t.Errorf("%s %s, which HELP names, is answered %q", h.Name, name, got)
			}
		}
	}
	if tried < 8 {
		t.Errorf("only %d commands have subcommands", tried)
	}
}

// TestCommandList filters the names of commands.
func TestCommandList(t *testing.T) {
	f := newFixture(t, lru.Options{})
	for _, r := range []struct{ by, of, want string }{
		{"PATTERN", "ge?", "*1\r\n$3\r\nget\r\n"},
		{"pattern", "MSET*", "*2\r\n$4\r\nmset\r\n$6\r\nmsetnx\r\n"},
		{"ACLCAT", "nosuch", "*0\r\n"},
		{"MODULE", "m", "*0\r\n"},
		{"NOSUCH", "m", "-ERR syntax error\r\n"},
	} {
		if got := f.do(resp("COMMAND", "LIST", "FILTERBY", r.by, r.of)); got != r.want {
			t.Errorf("%s %s: %q, want %q", r.by, r.of, got, r.want)
		}
	}
	for _, name := range []string{"get", "set"} {
		all := f.do(resp("COMMAND", "LIST", "FILTERBY", "ACLCAT", map[string]string{"get": "read", "set": "write"}[name]))
		if !strings.Contains(all, "$3\r\n"+name+"\r\n") || strings.Count(all, "\r\n") > 120 {
			t.Errorf("the category of %s has %q", name, all)
		}
	}
}
