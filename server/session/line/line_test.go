package line_test

import (
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/commands"
)

// talk feeds the pieces to a new connection of a new node, as a server would. It returns the replies, and whether the
// connection is to be closed.
func talk(t *testing.T, pieces ...string) (replies string, closed bool) {
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
	if got := s.Dialect(); got != "line" {
		t.Errorf("the connection speaks %q", got)
	}
	return string(out), false
}

// inPieces has talk feed in whole, byte by byte, and in two pieces cut anywhere.
func inPieces(t *testing.T, in, want string, closes bool) {
	t.Helper()
	ways := [][]string{{in}, strings.Split(in, "")}
	for cut := 1; cut < len(in); cut++ {
		ways = append(ways, []string{in[:cut], in[cut:]})
	}
	for _, pieces := range ways {
		if got, closed := talk(t, pieces...); got != want || closed != closes {
			t.Fatalf("%q gets %q, closed: %v; want %q, %v", pieces, got, closed, want, closes)
		}
	}
}

func TestDecode(t *testing.T) {
	for _, r := range []struct {
		in, want string
		closes   bool
	}{
		{"PING\n", "PONG\n", false},
		{"PING\r\n", "PONG\n", false},
		{"SET k two  words\nGET k\n", "OK\ntwo  words\n", false},
		{"SET k a\\nb\nGET k\n", "OK\na\\nb\n", false},
		{"\nPING\n", "ERROR: Unknown command: \nPONG\n", false},
		{"GET\nPING\n", "ERROR: Usage: GET <key>\nPONG\n", false},
		{"get k\nPING\n", "ERROR: Unknown command: get\nPONG\n", false},
		{"PING\nGET", "PONG\n", false},
	} {
		inPieces(t, r.in, r.want, r.closes)
	}
}

// TestTooLong: a line beyond the limit is dropped as it comes, and the next one is executed.
func TestTooLong(t *testing.T) {
	long := "SET k " + strings.Repeat("v", 300<<10)
	got, closed := talk(t, long[:100<<10], long[100<<10:], "\nGET k\n")
	if want := "ERROR: Key not found\n"; closed || !strings.HasPrefix(got, "ERROR: Key and value are ") || !strings.HasSuffix(got, want) {
		t.Errorf("it gets %q, closed: %v", got, closed)
	}
}

// TestForeign: a client of another protocol is closed, and no line behind its greeting is executed.
func TestForeign(t *testing.T) {
	got, closed := talk(t, "GET / HTTP/1.1\r\nHost: x\r\n\r\nPING\n")
	if !closed || strings.Contains(got, "PONG") {
		t.Errorf("it gets %q, closed: %v", got, closed)
	}
}
