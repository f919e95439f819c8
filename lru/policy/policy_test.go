package policy

import (
	"strings"
	"testing"
)

// TestNames checks that every policy has a name of its own, under which Parse finds it, and all its facts.
func TestNames(t *testing.T) {
	for _, p := range All() {
		for _, name := range []string{p.String(), strings.ToLower(p.String())} {
			if found, ok := Parse(name); !ok || found != p {
				t.Errorf("Parse(%q) is %v, %v", name, found, ok)
			}
		}
		if !p.Valid() || p.Text() == "" || p.Redis() == "" {
			t.Errorf("%v: %v, %q, %q", p, p.Valid(), p.Text(), p.Redis())
		}
	}
	none := Policy(len(All()))
	if _, ok := Parse(none.String()); ok || none.Valid() || none.String() == "" {
		t.Errorf("%v is a policy", none)
	}
}
