package session

import (
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

// TestAhead: the key of a single request is known before it is executed, and nothing changes for the request.
func TestAhead(t *testing.T) {
	f := newFixture(t, lru.Options{MaxEntries: 1000})
	line := f.n.NewSession(ConnInfo{Remote: "127.0.0.1:2"})
	feed(f.l, line, "SET key value\n")
	f.s.Ahead(f.l, []byte(resp("GET", "key")))
	if f.l.ahead.count != 0 {
		t.Error("a session without a dialect knows a request")
	}
	feed(f.l, f.s, resp("PING"))
	for _, of := range []struct {
		in    string
		s     *Session
		known int
	}{
		{resp("GET", "key"), f.s, 1},
		{resp("SET", "key", "value"), f.s, 1},
		{resp("PING"), f.s, 0},
		{resp("GET", "key") + resp("GET", "key"), f.s, 0},
		{resp("GET", "key")[:15], f.s, 0},
		{"GET key\n", line, 0},
	} {
		of.s.Ahead(f.l, []byte(of.in))
		if f.l.ahead.count != of.known || of.known > 0 && f.l.ahead.hashes[0] != f.n.store.Hash([]byte("key")) {
			t.Errorf("%q: %d keys", of.in, f.l.ahead.count)
		}
		f.l.Load()
	}
	for range lru.MaxBatch + 1 {
		f.s.Ahead(f.l, []byte(resp("GET", "key")))
	}
	f.l.Load()
	if got := feed(f.l, f.s, resp("GET", "key")); f.l.ahead.count != 0 || !strings.HasSuffix(got, "value\r\n") {
		t.Errorf("got %q, %d keys are left", got, f.l.ahead.count)
	}
}
