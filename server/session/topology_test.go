package session

import (
	"bytes"
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

// TestTopologyPushAtWake pushes a topology that is larger than the limit of a Run to a connection whose wait has just ended:
// the owner must call Run again although nothing else will wake it.
func TestTopologyPushAtWake(t *testing.T) {
	f, _, _ := groupFixture(t)
	c := newClient(t, f)
	c.send(resp("HELLO", "3") + resp("TOPOLOGY", "WATCH"))
	holdWrites(f.n)
	if got := c.send(resp("SET", "k", "1")); got != "" || !c.s.Blocked() {
		t.Fatalf("a write that waits: %q, blocked %v", got, c.s.Blocked())
	}
	f.n.SetTopology(bytes.Repeat([]byte{'1'}, 1000))
	f.n.SetReadOnly(false)
	f.n.SetHeld(false)
	used, out := c.s.Run(c.l, c.in, nil, 500)
	if used > 0 || len(out) < 1000 || !c.s.More() || c.s.Blocked() {
		t.Errorf("%d of %d bytes used, %d sent, more %v, blocked %v", used, len(c.in), len(out), c.s.More(), c.s.Blocked())
	}
	if got := c.send(""); got != "+OK\r\n" {
		t.Errorf("the write: %q", got)
	}
}
