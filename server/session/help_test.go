package session

import (
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

// TestHelp checks that every command that suggests "Try X HELP" has it, and knows every subcommand in it.
func TestHelp(t *testing.T) {
	f := newFixture(t, lru.Options{})
	tried := 0
	for _, h := range f.n.table.handlers { // CLUSTER HELP is refused, as by a redis-server without cluster support
		f.s = f.n.NewSession(ConnInfo{}) // since one of the commands is QUIT
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
				continue // a description, HELP itself, or no subcommand
			}
			if got := f.do(resp(h.Name, name)); strings.Contains(got, "unknown subcommand '") {
				t.Errorf("%s %s, which HELP lists, is answered %q", h.Name, name, got)
			}
		}
	}
	if tried < 8 {
		t.Errorf("only %d commands have subcommands", tried)
	}
}
