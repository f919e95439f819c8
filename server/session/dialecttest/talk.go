// Package dialecttest has what the tests of the dialects share.
package dialecttest

import (
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/commands"
)

// Talk feeds the pieces to a new connection of a new node, as a server would. It returns the replies, and whether the
// connection is to be closed; as long as it is not, it must speak the dialect of this name.
func Talk(t *testing.T, dialect string, pieces ...string) (replies string, closed bool) {
	t.Helper()
	store, err := lru.New(lru.Options{MaxMemory: 16 << 20, NoBackground: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	n := session.NewNode(session.Options{Store: store, Commands: commands.All(), Dialects: commands.Dialects()})
	l, s := n.NewLoop(), n.NewSession(session.ConnInfo{})
	var in, out []byte
	for _, piece := range pieces {
		in = append(in, piece...)
		for {
			var used int
			used, out = s.Run(l, in, out, 1<<20)
			in = in[used:]
			if s.Closing() || !s.More() {
				break
			}
		}
	}
	if s.Closing() {
		return string(out), true
	}
	if got := s.Dialect(); got != dialect {
		t.Errorf("the connection speaks %q, want %q", got, dialect)
	}
	return string(out), false
}

// InPieces has Talk feed in whole, byte by byte, and in two pieces cut anywhere.
func InPieces(t *testing.T, dialect, in, want string, closes bool) {
	t.Helper()
	ways := [][]string{{in}, strings.Split(in, "")}
	for cut := 1; cut < len(in); cut++ {
		ways = append(ways, []string{in[:cut], in[cut:]})
	}
	for _, pieces := range ways {
		if got, closed := Talk(t, dialect, pieces...); got != want || closed != closes {
			t.Fatalf("%q gets %q, closed: %v; want %q, %v", pieces, got, closed, want, closes)
		}
	}
}
