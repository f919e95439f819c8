package session

import (
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

// TestLineRepliesAreLines sends every command of the line dialect with arguments of many kinds: no reply is RESP's.
func TestLineRepliesAreLines(t *testing.T) {
	rests := []string{"", "k", "k v", "k 1 v", "-1", "k -1 v", "k 99999999999999999999", "k 1 2 3 4", "USAGE", "USAGE k", "CURVE", "CURVE x", "HELP",
		"PAUSE", "PAUSE a b", "POSITION", "STREAM 1", "TAKE", "WATCH", "DRYRUN", "PLAN", "STATUS", "SCHEDULE", "FORCE", "server"}
	f := newFixture(t, lru.Options{})
	for _, command := range AllCommands {
		for _, form := range command.Line {
			for _, rest := range rests {
				name := form.Name
				if name == "" {
					name = command.Name
				}
				s := f.n.NewSession(ConnInfo{})
				got := feed(f.l, s, "SET k v\n"+strings.TrimSpace(name+" "+rest)+"\n")
				s.Close()
				if got, _ = strings.CutPrefix(got, "OK\n"); strings.Contains(got, "\r") || strings.HasPrefix(got, "-ERR") {
					t.Errorf("%s %s: %q", name, rest, got)
				}
			}
		}
	}
}
