package session

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/ring"
)

// storedCluster is fakeCluster of a stored assignment.
func storedCluster(suspended ...string) *Cluster {
	c := fakeCluster("test", "b")
	c.Stored = true
	for _, key := range suspended {
		slot := ring.Slot(key)
		c.Suspended[slot/64] |= 1 << (slot % 64)
	}
	return c
}

const tryAgain = "-TRYAGAIN The slot is being handed over to another group\r\n"

// TestStrangers checks that a client that routes itself is told of slots that are not the node's, if they may have moved.
func TestStrangers(t *testing.T) {
	f := newFixture(t, lru.Options{})
	own, own2, other := keyIn("k", 0, 0), keyIn("k", 0, 1), keyIn("k", 1, 0)
	f.want("+OK\r\n", "MSET", own, "v", own2, "v", other, "v")
	f.n.SetCluster(storedCluster())
	moved := movedTo(other, "10.0.0.3:3")
	f.want("+OK\r\n", "TOPOLOGY", "NOREDIRECT")
	for range 2 {
		f.want(moved, "GET", other)
		f.want(moved, "SET", other, "w")
		f.want(moved, "MGET", own, other)
		f.want("*2\r\n$1\r\nv\r\n$1\r\nv\r\n", "MGET", own, own2)
		f.want("+OK\r\n", "SET", own, "v")
		f.want("+OK\r\n", "MULTI")
		f.want("+QUEUED\r\n", "GET", own)
		f.want("+QUEUED\r\n", "GET", own2)
		f.want("*2\r\n$1\r\nv\r\n$1\r\nv\r\n", "EXEC")
	}
	unstored := storedCluster()
	unstored.Stored = false
	f.n.SetCluster(unstored)
	f.want("$1\r\nv\r\n", "GET", other)
}

// TestSuspendedSlot checks that a node answers no request for a slot of which it does not know who owns it.
func TestSuspendedSlot(t *testing.T) {
	f := newFixture(t, lru.Options{})
	own, own2 := keyIn("k", 0, 0), keyIn("k", 0, 1)
	f.want("+OK\r\n", "MSET", own, "v", own2, "v")
	f.n.SetCluster(storedCluster(own))
	check := func() {
		t.Helper()
		f.want(tryAgain, "GET", own)
		f.want(tryAgain, "SET", own, "w")
		f.want(tryAgain, "MGET", own, own)
		f.want("$1\r\nv\r\n", "GET", own2)
		f.want("+OK\r\n", "MULTI")
		f.want("+QUEUED\r\n", "GET", own2)
		f.want("*1\r\n$1\r\nv\r\n", "EXEC")
	}
	check()
	f.want("+OK\r\n", "TOPOLOGY", "NOREDIRECT")
	check()
	f.want(tryAgain, "MGET", own2, own)
	f.n.SetCluster(storedCluster())
	f.want("$1\r\nv\r\n", "GET", own)
	f.want("+OK\r\n", "MULTI")
	f.want("+QUEUED\r\n", "GET", own)
	f.n.SetCluster(storedCluster(own))
	f.want(tryAgain, "EXEC")
	line := &fixture{t: t, n: f.n, l: f.l, s: f.n.NewSession(ConnInfo{})}
	for request, want := range map[string]string{
		"GET " + own:              "ERROR: TRYAGAIN The slot is being handed over to another group\n",
		"SET " + own + " w":       "ERROR: TRYAGAIN The slot is being handed over to another group\n",
		"GET " + own2:             "v\n",
		"GET " + keyIn("k", 1, 0): "ERROR: Key not found\n",
	} {
		if got := line.do(request + "\n"); got != want {
			t.Errorf("%q in the line dialect is answered %q, want %q", request, got, want)
		}
	}
}

// TestMovedWithinAReply checks that a connection is closed if the node can no longer complete a reply of which it has sent a
// part: an error would be taken for one of its elements.
func TestMovedWithinAReply(t *testing.T) {
	own := keyIn("k", 0, 0)
	for name, change := range map[string]func(n *Node){
		"suspended": func(n *Node) { n.SetCluster(storedCluster(own)) },
		"loading":   func(n *Node) { n.SetLoading(true) },
		"nothing":   func(n *Node) { n.SetCluster(storedCluster()) },
	} {
		f := newFixture(t, lru.Options{})
		f.n.SetCluster(storedCluster())
		f.want("+OK\r\n", "SET", own, strings.Repeat("v", 1000))
		request := []byte(resp("MGET", own, own, own, own, own, own) + resp("GET", own))
		used, out := f.s.Run(f.l, request, nil, 2000)
		if used != 0 || !f.s.More() {
			t.Fatalf("%s: the reply is not in parts", name)
		}
		change(f.n)
		for i := 0; i < 10 && f.s.More(); i++ {
			used, out = f.s.Run(f.l, request, out, 2000)
			request = request[used:]
		}
		if closes := name != "nothing"; f.s.Closing() != closes || closes && strings.Count(string(out), "\r\n") > 10 || strings.Contains(string(out), "-") {
			t.Errorf("%s: closing %v, answered %d bytes that end with %q", name, f.s.Closing(), len(out), out[max(0, len(out)-60):])
		}
	}
}

// TestMovesAllocate checks that the requests of clients that route themselves, and those for suspended slots, cost no allocations.
func TestMovesAllocate(t *testing.T) {
	f := newFixture(t, lru.Options{MaxEntries: 1000})
	own, own2 := keyIn("k", 0, 0), keyIn("k", 0, 1)
	f.n.SetCluster(storedCluster(own2))
	for name, in := range map[string]string{
		"GET": resp("GET", own), "SET": resp("SET", own, "v"), "MGET": resp("MGET", own, own), "suspended": resp("GET", own2),
	} {
		for _, routes := range []bool{false, true} {
			s := f.n.NewSession(ConnInfo{})
			if routes {
				s.RouteItself()
			}
			request, out := []byte(in), make([]byte, 0, 1<<10)
			if got := testing.AllocsPerRun(100, func() { _, out = s.Run(f.l, request, out[:0], 1<<20) }); got > 0 {
				t.Errorf("%s, routed by the client %v: %v allocations", name, routes, got)
			}
			s.Close()
		}
	}
}

// TestFlushAsks checks that the node is asked before every key is deleted, in a transaction before that locks anything.
func TestFlushAsks(t *testing.T) {
	var refuse error
	asked := 0
	f := newFixture(t, lru.Options{})
	f.n.flush = func(flush func()) error {
		if asked++; refuse != nil {
			return refuse
		}
		f.n.Store().Set([]byte("asked"), []byte("v"), 0) //nolint:errcheck // it would wait for ever if shards were locked
		flush()
		return nil
	}
	refuse = errors.New("not now")
	f.want("+OK\r\n", "SET", "k", "v")
	f.want("-TRYAGAIN not now\r\n", "FLUSHALL")
	f.want("+OK\r\n", "MULTI")
	f.want("+QUEUED\r\n", "FLUSHDB")
	f.want("-TRYAGAIN not now\r\n", "EXEC")
	f.want(":1\r\n", "DBSIZE")
	refuse = nil
	f.want("+OK\r\n", "MULTI")
	f.want("+QUEUED\r\n", "FLUSHDB")
	f.want("+QUEUED\r\n", "DBSIZE")
	f.want("*2\r\n+OK\r\n:0\r\n", "EXEC")
	f.want("+OK\r\n", "SET", "k", "v")
	f.want("+OK\r\n", "FLUSHALL")
	f.want(":0\r\n", "DBSIZE")
	if asked != 4 {
		t.Errorf("asked %d times", asked)
	}
}

// TestSuspendedWhileHeld: while writes are held, reads of a suspended slot wait too. Then both are told the new owner.
func TestSuspendedWhileHeld(t *testing.T) {
	f := newFixture(t, lru.Options{})
	key, fine := keyIn("k", 0, 0), keyIn("k", 0, 1)
	f.n.SetCluster(fakeCluster("test", "b"))
	f.want("+OK\r\n", "SET", key, "v")
	f.want("+OK\r\n", "SET", fine, "1")
	holdWrites(f.n)
	suspended, gone := fakeCluster("test", "b"), fakeCluster("test", "b")
	slot := ring.Slot(key)
	suspended.Suspended[slot/64] |= 1 << (slot % 64)
	f.n.SetCluster(suspended)
	reader, writer, other := newClient(t, f), newClient(t, f), newClient(t, f)
	if got := reader.send(resp("GET", key)) + writer.send(resp("SET", key, "w")) + other.send(resp("GET", fine)); got != "$1\r\n1\r\n" {
		t.Errorf("while writes are held: %q", got)
	}
	gone.own[slot/64] &^= 1 << (slot % 64)
	gone.Owners[slot] = 1
	f.n.SetCluster(gone)
	f.n.SetReadOnly(false)
	f.n.SetHeld(false)
	if got, want := reader.send("")+writer.send(""), movedTo(key, "10.0.0.3:3"); got != want+want {
		t.Errorf("after the hand-over: %q", got)
	}
}

// TestSuspendedWaits: a request for a suspended slot waits until the owner is known, but not for long. A client that routes
// itself, and requests for other slots, are answered at once.
func TestSuspendedWaits(t *testing.T) {
	f := newFixture(t, lru.Options{})
	key, fine := keyIn("k", 0, 0), keyIn("k", 0, 1)
	f.want("+OK\r\n", "MSET", key, "v", fine, "1")
	f.n.SetCluster(storedCluster(key))
	reader, late, routing := newClient(t, f), newClient(t, f), newClient(t, f)
	if got := reader.send(resp("GET", fine) + resp("GET", key) + resp("GET", fine)); got != "$1\r\n1\r\n" {
		t.Errorf("before the owner is known: %q", got)
	}
	if got := routing.send(resp("TOPOLOGY", "NOREDIRECT") + resp("GET", key)); got != "+OK\r\n"+tryAgain {
		t.Errorf("a client that routes itself: %q", got)
	}
	f.n.SetCluster(storedCluster())
	if got := reader.send(""); got != "$1\r\nv\r\n$1\r\n1\r\n" {
		t.Errorf("once it is: %q", got)
	}
	f.n.SetCluster(storedCluster(key))
	began := time.Now()
	got := late.send(resp("SET", key, "w"))
	for got == "" && time.Since(began) < time.Minute {
		time.Sleep(10 * time.Millisecond)
		got = late.send("")
	}
	if took := time.Since(began); got != tryAgain || took < suspendedFor {
		t.Errorf("without news: %q after %v", got, took)
	}
	if got := late.send(resp("GET", fine)); got != "$1\r\n1\r\n" {
		t.Errorf("afterwards: %q", got)
	}
}

// TestOwnerChangesMeanwhile: the owner becomes known after a request was found to be for a suspended slot, and before it waits.
func TestOwnerChangesMeanwhile(t *testing.T) {
	f := newFixture(t, lru.Options{})
	key := keyIn("k", 0, 0)
	decided := storedCluster(key)
	f.n.SetCluster(decided)
	c := newClient(t, f)
	c.send(resp("PING"))
	f.n.SetCluster(storedCluster())
	call := &c.l.c
	if waits := call.awaitOwner(decided); !waits || !c.s.wait.Over(call) {
		t.Error("it waits for news that it has missed")
	}
}

// TestOwnerFlips has a slot change hands all the time, while clients use it: they are answered by the owner, or told who it is,
// and never that there is none.
func TestOwnerFlips(t *testing.T) {
	f := newFixture(t, lru.Options{})
	key := keyIn("k", 0, 0)
	f.want("+OK\r\n", "SET", key, "v")
	f.n.SetCluster(storedCluster())
	slot := ring.Slot(key)
	var stop atomic.Bool
	var flips sync.WaitGroup
	flips.Go(func() {
		for i := 0; !stop.Load(); i++ {
			at := storedCluster()
			if i%3 == 1 {
				at = storedCluster(key)
			} else if i%3 == 2 {
				at.own[slot/64] &^= 1 << (slot % 64)
				at.Owners[slot] = 1
			}
			f.n.SetCluster(at)
		}
	})
	defer flips.Wait()
	defer stop.Store(true)
	asks, routes := newClient(t, f), newClient(t, f)
	routes.send(resp("TOPOLOGY", "NOREDIRECT"))
	known := map[string]bool{"$1\r\nv\r\n": true, movedTo(key, "10.0.0.3:3"): true, tryAgain: true}
	for began := time.Now(); time.Since(began) < time.Second && !t.Failed(); {
		for _, c := range []*client{asks, routes} {
			got := c.send(resp("GET", key))
			for got == "" {
				got = c.send("")
			}
			if !known[got] {
				t.Errorf("answered %q", got)
			}
		}
	}
}
