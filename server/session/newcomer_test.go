package session

import (
	"fmt"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

// TestRefuse: a client that must go is told so in its dialect, unless a reply is unfinished or it has not shown its dialect.
func TestRefuse(t *testing.T) {
	f := newFixture(t, lru.Options{})
	for in, want := range map[string]string{"*1\r\n": "-DENIED no\r\n", "GET k\n": "ERROR: DENIED no\n"} {
		if got := string(f.n.Refuse([]byte(in), "DENIED no")); got != want {
			t.Errorf("after %q: %q", in, got)
		}
	}
	for i := range 20_000 {
		f.do(fmt.Sprintf("SET key%d v\n", i))
	}
	for _, x := range []struct {
		in, want string
		known    bool
	}{
		{"", "", false},
		{resp("PING"), "-ERR no room\r\n", true},
		{"PING\n", "ERROR: no room\n", true},
		{resp("KEYS", "*"), "", true},
	} {
		s := f.n.NewSession(ConnInfo{})
		s.info.Refusal = "ERR no room"
		if x.in != "" {
			s.Run(f.l, []byte(x.in), nil, 100)
		}
		if got, known := s.Refuse(); string(got) != x.want || known != x.known {
			t.Errorf("after %q: %q, %v", x.in, got, known)
		}
		s.Close()
	}
}
