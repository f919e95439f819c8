package session

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru"
)

// client runs a session as its connection's owner does: unused input is passed again.
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

// holdWrites makes the node hold writes, as replication does.
func holdWrites(n *Node) {
	n.SetHeld(true)
	n.SetReadOnly(true)
}

// TestEndPauses: a node that stops decides the writes that it holds at once, and holds no more.
func TestEndPauses(t *testing.T) {
	f, _, _ := groupFixture(t)
	holdWrites(f.n)
	c := newClient(t, f)
	if got := c.send(resp("SET", "k", "1")); got != "" || !c.s.Blocked() {
		t.Errorf("while writes are held: %q, blocked %v", got, c.s.Blocked())
	}
	f.n.EndPauses()
	if c.woken.Load() != 1 {
		t.Errorf("woken %d times", c.woken.Load())
	}
	if got := c.send(resp("SET", "k", "2")); got != refusedWrite+refusedWrite || c.s.Blocked() {
		t.Errorf("at the stop: %q, blocked %v", got, c.s.Blocked())
	}
}

// TestHeldWrites holds writes and then allows or refuses them. Earlier requests are answered, and other connections' reads
// continue. A held write and the requests after it are executed once, in order, or refused without effect.
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
			t.Errorf("an unrequested turn: %q", got)
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

// TestHeldTransaction holds EXEC, and a write to be queued: neither spoils the transaction.
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

// TestHeldAndMute holds a write of a client with CLIENT REPLY OFF, and closes a waiting client.
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
		t.Errorf("%d effects; the closed client was woken %d times", e.effects.Load(), gone.woken.Load())
	}
}

// TestFence checks that writes are refused, and reads answered, from the fence's time until a later time is set.
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
	f.n.SetFence(time.Now()) // as if a run had just found the previous time expired
	if f.n.refuse.Load()&NeedsWrite == 0 {
		t.Error("another expired time allows writes until the next run")
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

// TestFenceWithholds checks that a write is not acknowledged if it was executed before the fence's time and its reply would
// be sent after it.
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

// slowCommands passes the fence's time in a run that has refused a write.
type slowCommands struct {
	Saver
	n *Node
}

func (s *slowCommands) Saves() Saves { s.n.SetFence(time.Now()); return Saves{} }

// TestFenceOfRefusedWrites checks that a run whose writes were all refused before the fence's time is answered after it.
func TestFenceOfRefusedWrites(t *testing.T) {
	for _, write := range []string{resp("SET", "k", "1"), resp("MULTI") + resp("SET", "k", "1") + resp("EXEC")} {
		f, _, _ := groupFixture(t)
		f.n.Saver = &slowCommands{n: f.n}
		f.n.SetFence(time.Now().Add(time.Hour))
		f.n.SetReadOnly(true)
		c := newClient(t, f)
		if got := c.send(write + resp("LASTSAVE")); c.s.Closing() || !strings.Contains(got, "READONLY") || !strings.Contains(got, "\r\n:") {
			t.Errorf("closing %v, answered %q", c.s.Closing(), got)
		}
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
