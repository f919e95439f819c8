package resp_test

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
	if got := s.Dialect(); got != "RESP" {
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
	const ping = "*1\r\n$4\r\nPING\r\n"
	for _, r := range []struct {
		in, want string
		closes   bool
	}{
		{ping, "+PONG\r\n", false},
		{ping + ping + ping, "+PONG\r\n+PONG\r\n+PONG\r\n", false},
		{"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\na\r\nb\r\n*2\r\n$3\r\nget\r\n$1\r\nk\r\n", "+OK\r\n$4\r\na\r\nb\r\n", false},
		{"*0\r\n" + ping, "+PONG\r\n", false},
		{"*1\r\n$3\r\nGET\r\n" + ping, "-ERR wrong number of arguments for 'get' command\r\n+PONG\r\n", false},
		{"*2\r\n$3\r\nFOO\r\n$1\r\na\r\n" + ping, "-ERR unknown command 'FOO', with args beginning with: 'a' \r\n+PONG\r\n", false},
		{ping + "SET k \"a b\"\r\nGET k\r\n" + ping, "+PONG\r\n+OK\r\n$3\r\na b\r\n+PONG\r\n", false},
		{ping + "GET \"k\r\n" + ping, "+PONG\r\n-ERR Protocol error: unbalanced quotes in request\r\n", true},
		{ping + "*1\r\nPING\r\n" + ping, "+PONG\r\n-ERR Protocol error: expected '$', got 'P'\r\n", true},
		{"*2\r\n$3\r\nGET\r\n", "", false},
	} {
		inPieces(t, r.in, r.want, r.closes)
	}
}

// TestTooLarge: a request beyond the limit is dropped as it comes, and the next one is executed.
func TestTooLarge(t *testing.T) {
	value := strings.Repeat("v", 2<<20)
	got, closed := talk(t, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2097152\r\n", value[:1<<20], value[1<<20:], "\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n")
	if want := "-ERR key and value are 2097153 bytes, the limit is 65536\r\n$-1\r\n"; closed || got != want {
		t.Errorf("it gets %q, closed: %v; want %q", got, closed, want)
	}
}
