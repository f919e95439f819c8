package command

import (
	"strings"
	"testing"
)

// Every command of the table says whether a connection that callers share may carry it.
func TestEveryCommandDeclaresItsConnection(t *testing.T) {
	declared := map[string]int{}
	for _, name := range strings.Fields(shareable) {
		declared[name]++
		if _, _, bound := Bound([]string{name}); bound {
			t.Errorf("%s is shareable, and Bound says that it is not", name)
		}
	}
	for name := range boundCommands {
		if first, _, sub := strings.Cut(name, " "); !sub {
			declared[first]++
		} else if _, has := freeSubcommands[first]; !has {
			t.Errorf("%s has no entry in freeSubcommands, so that %q is never looked up", first, name)
		}
		if _, instead, bound := Bound(strings.Fields(strings.ToLower(name))); !bound || instead == "" {
			t.Errorf("Bound(%q) = %q, %v", name, instead, bound)
		}
	}
	for name, free := range freeSubcommands {
		declared[name]++
		for _, sub := range strings.Fields(free) {
			if _, _, bound := Bound([]string{name, strings.ToLower(sub)}); bound {
				t.Errorf("%s %s is free, and Bound says that it is not", name, sub)
			}
		}
		if full, _, bound := Bound([]string{name, "unheard-of"}); !bound || full != name+" UNHEARD-OF" {
			t.Errorf("an unknown subcommand of %s is let through as %q", name, full)
		}
	}
	for _, s := range Specs() {
		if declared[s.Name] != 1 {
			t.Errorf("%s is declared %d times; add it to shareable, boundCommands or freeSubcommands", s.Name, declared[s.Name])
		}
	}
}
