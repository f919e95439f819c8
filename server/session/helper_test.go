package session

import (
	"testing"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
)

// fixture is a node with one session and a clock of its own.
type fixture struct {
	t   testing.TB
	n   *Node
	l   *Loop
	s   *Session
	now int64
}

func newFixture(t testing.TB, o lru.Options) *fixture {
	t.Helper()
	f := &fixture{t: t, now: 1_700_000_000_000}
	if o.MaxEntries == 0 && o.MaxMemory == 0 {
		o.MaxMemory = 64 << 20
	}
	o.NoBackground = true
	if o.Clock == nil {
		o.Clock = func() int64 { return f.now }
	}
	c, err := lru.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Shards().Check(); err != nil {
			t.Errorf("the store is broken: %v", err)
		}
		c.Close()
	})
	f.n = NewNode(Options{Commands: AllCommands, Dialects: AllDialects, Store: c, ID: "test", Version: "test", AllowDebug: true})
	f.l = f.n.NewLoop()
	f.s = f.n.NewSession(ConnInfo{Remote: "127.0.0.1:1", Local: "127.0.0.1:31337"})
	return f
}

// feed runs the session over the input as a server would, until it has nothing more to do.
func feed(l *Loop, s *Session, in string) string {
	return feedLimit(l, s, in, 1<<20)
}

func feedLimit(l *Loop, s *Session, in string, limit int) string {
	buf, out := []byte(in), []byte(nil)
	for {
		used, reply := s.Run(l, buf, out, limit)
		out, buf = reply, buf[used:]
		if s.Closing() || !s.More() && (used == 0 || len(buf) == 0) {
			return string(out)
		}
	}
}

func (f *fixture) do(in string) string { return feed(f.l, f.s, in) }

// resp encodes a request.
func resp(args ...string) string { return string(wire.Request(nil, args...)) }
