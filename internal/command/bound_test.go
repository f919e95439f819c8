package command

import (
	"strings"
	"testing"
)

// TestEveryCommandDeclaresItsConnection compares Bound with each command's declaration.
func TestEveryCommandDeclaresItsConnection(t *testing.T) {
	for _, s := range Specs() {
		_, known := foreign[s.Name]
		if known || s.Instead != "" && s.Subs != nil {
			t.Errorf("%s is declared twice", s.Name)
		}
		if _, instead, bound := Bound([]string{s.Name}); bound != (s.Instead != "") || instead != s.Instead {
			t.Errorf("%s is declared %q, and Bound says %q, %v", s.Name, s.Instead, instead, bound)
		}
		for _, sub := range s.Subs {
			if _, _, bound := Bound([]string{s.Name, strings.ToLower(sub.Name)}); bound == sub.Shared {
				t.Errorf("%s %s is declared shared: %v, and Bound says bound: %v", s.Name, sub.Name, sub.Shared, bound)
			}
		}
		if full, _, bound := Bound([]string{s.Name, "unheard-of"}); s.Subs != nil && (!bound || full != s.Name+" UNHEARD-OF") {
			t.Errorf("an unknown subcommand of %s is let through as %q", s.Name, full)
		}
	}
	for name, instead := range foreign {
		if first, _, sub := strings.Cut(name, " "); sub {
			if s, _ := Find(first); s.Subs == nil {
				t.Errorf("%s has no Subs, so that %q is never looked up", first, name)
			}
		}
		if _, got, bound := Bound(strings.Fields(strings.ToLower(name))); bound != (instead != "") || got != instead {
			t.Errorf("Bound(%q) = %q, %v", name, got, bound)
		}
	}
	for _, c := range []struct {
		args    string
		name    string
		instead string
	}{
		{"get k", "GET", ""}, {"client list", "CLIENT", ""}, {"CLIENT", "CLIENT", ""}, {"client pause 1", "CLIENT", ""},
		{"client setname x", "CLIENT SETNAME", "WithName"}, {"client tracking on", "CLIENT TRACKING", "WithNearCache"},
		{"CLIENT NO-TOUCH ON", "CLIENT NO-TOUCH", ownConnection}, {"client help", "CLIENT", ""},
		{"replica pause", "REPLICA", ""}, {"replica serve", "REPLICA SERVE", ownConnection}, {"replica stream", "REPLICA STREAM", ownConnection},
		{"multi", "MULTI", "Pipeline, or CompareAndSwap"}, {"watch k", "WATCH", "Pipeline, or CompareAndSwap"},
		{"blpop k 0", "BLPOP", ownBlocking}, {"select 1", "SELECT", "prefixes of keys; there is one database"},
	} {
		if name, instead, bound := Bound(strings.Fields(c.args)); name != c.name || instead != c.instead || bound != (c.instead != "") {
			t.Errorf("Bound(%q) = %q, %q, %v", c.args, name, instead, bound)
		}
	}
}
