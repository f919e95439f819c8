package session

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru"
)

// inGroup is a Replication with the role and the term that these tests need.
type inGroup struct {
	Replication
	leads atomic.Bool
	term  atomic.Uint64
	wake  func()
}

func (g *inGroup) Leads() bool                 { return g.leads.Load() }
func (g *inGroup) Mark() (term, offset uint64) { return g.term.Load(), 0 }
func (g *inGroup) Acked(term, _ uint64) (int, bool) {
	return 0, term == g.term.Load()
}
func (g *inGroup) Wait(_, _ uint64, _ int, done func()) (cancel func()) {
	g.wake = done
	return func() {}
}

// sealed counts effects, and those that arrive while there must be none.
type sealed struct {
	closed         atomic.Bool
	effects, after atomic.Int64
}

func (s *sealed) heard() {
	s.effects.Add(1)
	if s.closed.Load() {
		s.after.Add(1)
	}
}
func (s *sealed) Set(uint64, []byte, []byte, int64) { s.heard() }
func (s *sealed) Delete(uint64, []byte)             { s.heard() }
func (s *sealed) Flush()                            { s.heard() }

func groupFixture(t *testing.T) (*fixture, *inGroup, *sealed) {
	f := newFixture(t, lru.Options{MaxEntries: 10_000})
	g, e := &inGroup{}, &sealed{}
	g.leads.Store(true)
	f.n.Replication, f.n.effects = g, e
	return f, g, e
}

// TestSetReadOnly makes a node read-only repeatedly while sessions on four loops write: after the call returns nothing is
// written, and each write was either passed to Effects or refused.
func TestSetReadOnly(t *testing.T) {
	f, _, e := groupFixture(t)
	var stop atomic.Bool
	var written, refused atomic.Int64
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			l, s := f.n.NewLoop(), f.n.NewSession(ConnInfo{})
			defer s.Close()
			for n := 0; !stop.Load(); n++ {
				in := strings.Repeat(resp("SET", fmt.Sprint("k", i, n%100), "v")+resp("GET", "k"), 8)
				if n%3 == 0 {
					in = resp("MULTI") + resp("SET", "a", "1") + resp("SET", "b", "2") + resp("EXEC")
				}
				for _, line := range strings.Split(feed(l, s, in), "\r\n") {
					switch {
					case line == "+OK":
						written.Add(1)
					case strings.Contains(line, "READONLY"):
						refused.Add(1)
					}
				}
			}
		})
	}
	enough := func() bool { return written.Load() >= 100 && refused.Load() >= 100 }
	for began := time.Now(); time.Since(began) < time.Second || !enough() && time.Since(began) < 30*time.Second; {
		f.n.SetReadOnly(true)
		e.closed.Store(true)
		time.Sleep(100 * time.Microsecond)
		e.closed.Store(false)
		f.n.SetReadOnly(false)
		time.Sleep(200 * time.Microsecond)
	}
	stop.Store(true)
	wg.Wait()
	if e.after.Load() > 0 {
		t.Errorf("%d writes of %d after the node was read-only", e.after.Load(), e.effects.Load())
	}
	if written.Load() < 100 || refused.Load() < 100 {
		t.Errorf("%d replies to writes, %d refusals: too few for this test", written.Load(), refused.Load())
	}
}

// TestReadOnlyTransaction checks that a read-only node refuses a transaction with writes as a whole, and executes one with
// reads only.
func TestReadOnlyTransaction(t *testing.T) {
	f, g, e := groupFixture(t)
	f.do(resp("MULTI") + resp("GET", "a") + resp("SET", "a", "1"))
	f.n.SetReadOnly(true)
	g.leads.Store(false)
	if got, want := f.do(resp("EXEC")), "-EXECABORT Transaction discarded because of: READONLY You can't write against a read only replica.\r\n"; got != want {
		t.Errorf("EXEC: %q, want %q", got, want)
	}
	if got, want := f.do(resp("SET", "a", "1")), "-READONLY You can't write against a read only replica.\r\n"; got != want {
		t.Errorf("SET: %q, want %q", got, want)
	}
	if got, want := f.do(resp("MULTI")+resp("GET", "a")+resp("EXEC")), "+OK\r\n+QUEUED\r\n*1\r\n$-1\r\n"; got != want {
		t.Errorf("a transaction that reads: %q, want %q", got, want)
	}
	if n := e.effects.Load(); n > 0 {
		t.Errorf("%d effects of refused writes", n)
	}
	f.n.SetReadOnly(false)
	if got := f.do(resp("SET", "a", "1")); got != "+OK\r\n" {
		t.Errorf("SET after the node accepts writes again: %q", got)
	}
}

// TestWaitEnds checks that WAIT ends with an error when the node stops being the primary.
func TestWaitEnds(t *testing.T) {
	f, g, _ := groupFixture(t)
	once := func(in string) string {
		_, out := f.s.Run(f.l, []byte(in), nil, 1<<20)
		return string(out)
	}
	if got := once(resp("WAIT", "1", "0")) + once(""); got != "" {
		t.Fatalf("WAIT: %q", got)
	}
	g.term.Add(1)
	if got, want := once(""), "-UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)\r\n"; got != want {
		t.Errorf("WAIT: %q, want %q", got, want)
	}
	if got := f.do(resp("GET", "a")); got != "$-1\r\n" {
		t.Errorf("GET afterwards: %q", got)
	}
}
