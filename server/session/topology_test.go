package session

import (
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

// TestTopologyPush watches the topology: changes are pushed between replies.
func TestTopologyPush(t *testing.T) {
	f := newFixture(t, lru.Options{})
	woken := 0
	f.s = f.n.NewSession(ConnInfo{Remote: "127.0.0.1:2", Wake: func() { woken++ }})
	expect := func(in, want string) {
		t.Helper()
		if got := f.do(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	f.n.SetTopology([]byte(`{"version":1}`))
	expect(resp("TOPOLOGY"), "$13\r\n{\"version\":1}\r\n")
	expect(resp("TOPOLOGY", "WATCH"), "-ERR TOPOLOGY WATCH takes RESP3: say HELLO 3 first\r\n")
	f.do(resp("HELLO", "3"))
	expect(resp("TOPOLOGY", "WATCH"), "$13\r\n{\"version\":1}\r\n")
	if f.s.More() || woken > 0 {
		t.Error("there is a push before a change")
	}
	f.n.SetTopology([]byte(`{"version":2}`))
	if !f.s.More() || woken != 1 {
		t.Errorf("no push after a change; woken %d times", woken)
	}
	expect(resp("PING"), ">2\r\n$8\r\ntopology\r\n$13\r\n{\"version\":2}\r\n+PONG\r\n")
	if f.s.More() {
		t.Error("pushed again without a change")
	}
	f.n.SetTopology([]byte(`{"version":3}`))
	f.n.SetTopology([]byte(`{"version":4}`))
	expect("", ">2\r\n$8\r\ntopology\r\n$13\r\n{\"version\":4}\r\n")
	expect(resp("TOPOLOGY", "UNWATCH"), "$13\r\n{\"version\":4}\r\n")
	f.n.SetTopology([]byte(`{"version":5}`))
	expect(resp("PING"), "+PONG\r\n")
	expect(resp("TOPOLOGY", "WATCH"), "$13\r\n{\"version\":5}\r\n")
	f.s.Close()
	if len(f.n.feed.watchers) > 0 {
		t.Error("a closed connection still watches")
	}
	f.s = f.n.NewSession(ConnInfo{})
	expect("TOPOLOGY\n", "{\"version\":5}\n")
}
