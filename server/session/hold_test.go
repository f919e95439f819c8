package session

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru"
)

// client runs a session as its connection's owner does: what the session leaves of the input is passed again.
type client struct {
	l     *Loop
	s     *Session
	in    []byte
	woken atomic.Int32
}

func newClient(t *testing.T, f *fixture) *client {
	c := &client{l: f.l}
	c.s = f.n.NewSession(ConnInfo{Wake: func() { c.woken.Add(1) }})
	t.Cleanup(c.s.Close)
	return c
}

func (c *client) send(in string) string {
	c.in = append(c.in, in...)
	used, out := c.s.Run(c.l, c.in, nil, 1<<20)
	c.in = c.in[used:]
	return string(out)
}

const (
	refusedWrite = "-READONLY You can't write against a read only replica.\r\n"
	missing      = "$-1\r\n"
)

// hold has the node hold writes, as the replication does.
func holdWrites(n *Node) {
	n.SetHeld(true)
	n.SetReadOnly(true)
}

// TestHeldWrites holds writes and then allows, or refuses, them: what came before is answered, reads of other connections go on, and a
// held write and what follows it is executed once, in order, or refused without effect.
func TestHeldWrites(t *testing.T) {
	for _, allow := range []bool{true, false} {
		f, _, e := groupFixture(t)
		holdWrites(f.n)
		c, reader := newClient(t, f), newClient(t, f)
		if got := c.send(resp("GET", "k") + resp("SET", "k", "1") + resp("GET", "k")); got != missing {
			t.Errorf("while writes are held: %q", got)
		}
		if !c.s.Blocked() || f.n.Held() != 1 {
			t.Errorf("blocked %v, %d held", c.s.Blocked(), f.n.Held())
		}
		if got := c.send(""); got != "" {
			t.Errorf("a turn that nobody asked for: %q", got)
		}
		if got := reader.send(resp("GET", "k")); got != missing {
			t.Errorf("a reader: %q", got)
		}
		want := refusedWrite + missing
		if allow {
			f.n.SetReadOnly(false)
			want = "+OK\r\n$1\r\n1\r\n"
		}
		f.n.SetHeld(false)
		if c.woken.Load() != 1 || reader.woken.Load() != 0 {
			t.Errorf("woken %d and %d times", c.woken.Load(), reader.woken.Load())
		}
		if got := c.send(""); got != want {
			t.Errorf("allowed %v: %q, want %q", allow, got, want)
		}
		if n := e.effects.Load(); (n == 1) != allow || n > 1 {
			t.Errorf("allowed %v: %d effects", allow, n)
		}
	}
}

// TestHeldTransaction holds EXEC, and a write that is to be queued: neither spoils the transaction.
func TestHeldTransaction(t *testing.T) {
	f, _, _ := groupFixture(t)
	c, late := newClient(t, f), newClient(t, f)
	if got := c.send(resp("MULTI") + resp("SET", "a", "1")); got != "+OK\r\n+QUEUED\r\n" {
		t.Fatalf("%q", got)
	}
	holdWrites(f.n)
	if got := c.send(resp("EXEC")); got != "" {
		t.Errorf("EXEC while writes are held: %q", got)
	}
	if got := late.send(resp("MULTI") + resp("SET", "b", "1") + resp("EXEC")); got != "+OK\r\n" {
		t.Errorf("a transaction that begins while writes are held: %q", got)
	}
	f.n.SetReadOnly(false)
	f.n.SetHeld(false)
	if got := c.send(""); got != "*1\r\n+OK\r\n" {
		t.Errorf("EXEC: %q", got)
	}
	if got := late.send(""); got != "+QUEUED\r\n*1\r\n+OK\r\n" {
		t.Errorf("a transaction that began while writes were held: %q", got)
	}
}

// TestHeldAndMute holds the write of a client that wants no replies, and closes one that waits.
func TestHeldAndMute(t *testing.T) {
	f, _, e := groupFixture(t)
	c, gone := newClient(t, f), newClient(t, f)
	c.send(resp("CLIENT", "REPLY", "OFF"))
	holdWrites(f.n)
	c.send(resp("SET", "k", "1"))
	gone.send(resp("SET", "k", "2"))
	gone.s.Close()
	f.n.SetReadOnly(false)
	f.n.SetHeld(false)
	if got := c.send(resp("CLIENT", "REPLY", "ON") + resp("GET", "k")); got != "+OK\r\n$1\r\n1\r\n" {
		t.Errorf("%q", got)
	}
	if e.effects.Load() != 1 || gone.woken.Load() != 0 {
		t.Errorf("%d effects; one that is gone was woken %d times", e.effects.Load(), gone.woken.Load())
	}
}

// TestFence wants writes refused, and reads answered, once the fence's time is over, until another time is set.
func TestFence(t *testing.T) {
	f, _, e := groupFixture(t)
	set, get := resp("SET", "k", "1"), resp("GET", "k")
	f.n.SetFence(time.Now().Add(time.Hour))
	if got := f.do(set); got != "+OK\r\n" {
		t.Errorf("before the fence: %q", got)
	}
	f.n.SetFence(time.Now())
	if got := f.do(set + get); got != refusedWrite+"$1\r\n1\r\n" {
		t.Errorf("after the fence: %q", got)
	}
	f.n.SetFence(time.Now()) // a run that has found the last one over may be under way
	if f.n.refuse.Load()&NeedsWrite == 0 {
		t.Error("another time that is over has writes executed until the next run")
	}
	f.n.SetFence(time.Now().Add(time.Hour))
	if got := f.do(set); got != "+OK\r\n" {
		t.Errorf("before the next fence: %q", got)
	}
	f.n.SetReadOnly(true)
	f.n.SetFence(time.Time{})
	if got := f.do(set); got != refusedWrite {
		t.Errorf("a node that is read-only, without a fence: %q", got)
	}
	if e.effects.Load() != 2 {
		t.Errorf("%d effects", e.effects.Load())
	}
}

// slowEffects passes the fence's time while a write is executed.
type slowEffects struct {
	sealed
	n *Node
}

func (s *slowEffects) Set(uint64, []byte, []byte, int64) { s.n.SetFence(time.Now()) }

// TestFenceWithholds wants a write that was executed before the fence's time, and would be acknowledged after it, not
// acknowledged.
func TestFenceWithholds(t *testing.T) {
	f, _, _ := groupFixture(t)
	f.n.effects = &slowEffects{n: f.n}
	f.n.SetFence(time.Now().Add(time.Hour))
	c := newClient(t, f)
	if got := c.send(resp("SET", "k", "1")); got != "" {
		t.Errorf("acknowledged: %q", got)
	}
	if !c.s.Closing() || !strings.Contains(c.s.Reason(), "too late") {
		t.Errorf("closing %v: %s", c.s.Closing(), c.s.Reason())
	}
}

// BenchmarkFence compares runs without and with a fence.
func BenchmarkFence(b *testing.B) {
	for _, fenced := range []bool{false, true} {
		b.Run(map[bool]string{false: "none", true: "fence"}[fenced], func(b *testing.B) {
			f := newFixture(b, lru.Options{MaxEntries: 10_000})
			if fenced {
				f.n.SetFence(time.Now().Add(time.Hour))
			}
			in := []byte(resp("SET", "k", "1"))
			out := make([]byte, 0, 100)
			for b.Loop() {
				f.s.Run(f.l, in, out, 1<<20)
			}
		})
	}
}
