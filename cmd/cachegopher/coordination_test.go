package main

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/etcdtest"
	"github.com/cachegopher/cachegopher/internal/wire"
)

// failoverAfter is the shortest that etcd allows.
const failoverAfter = 2 * time.Second

// coordinatedGroup is a group of three processes whose primary etcd chooses.
type coordinatedGroup struct {
	*group
	etcd *etcdtest.Server
}

func startCoordinated(t *testing.T) *coordinatedGroup {
	t.Helper()
	g := newCoordinated(t)
	for i := range g.nodes {
		g.start(i)
	}
	g.primary()
	return g
}

// newCoordinated returns a group of which only etcd runs.
func newCoordinated(t *testing.T) *coordinatedGroup {
	t.Helper()
	g := &coordinatedGroup{etcd: etcdtest.Start(t)}
	g.group = directGroup(t, 2, map[string]any{
		"common": map[string]any{"max_memory": "64MB"}, "coordination": map[string]any{"etcd": []string{g.etcd.Endpoint}},
	})
	return g
}

// primary waits until one node leads and the two others are in step, and returns it.
func (g *coordinatedGroup) primary() int {
	g.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		for i, a := range g.addresses {
			c, err := dialPeer(a)
			if err != nil {
				continue
			}
			c.SetDeadline(time.Now().Add(time.Second)) //nolint:errcheck // a TCP connection has deadlines
			n, err := c.do("WAIT", "2", "500")
			c.Close() //nolint:errcheck // only asked
			if err == nil && fmt.Sprint(n) == "2" {
				return i
			}
		}
	}
	for i, n := range g.nodes {
		g.t.Logf("n%d:\n%s", i, n.stdout.String())
	}
	g.t.Fatal("no primary with two secondaries in step")
	return 0
}

// gapWriter writes keys to whichever member takes them, and measures the longest time between two acknowledgements.
type gapWriter struct {
	addresses []string
	stop      chan struct{}
	done      sync.WaitGroup

	mu      sync.Mutex
	acked   []string
	last    time.Time
	longest time.Duration
	errors  int
}

func (g *coordinatedGroup) writes() *gapWriter {
	w := &gapWriter{addresses: g.addresses, stop: make(chan struct{}), last: time.Now()}
	w.done.Go(w.run)
	return w
}

func (w *gapWriter) run() {
	var c *peer
	for at, n := 0, 0; ; n++ {
		select {
		case <-w.stop:
			return
		case <-time.After(time.Millisecond):
		}
		key := fmt.Sprint("write:", n)
		err := fmt.Errorf("no connection")
		if c == nil {
			c, _ = dialPeer(w.addresses[at%len(w.addresses)])
		}
		if c != nil {
			err = quickly(c, key)
		}
		w.mu.Lock()
		if err == nil {
			w.acked = append(w.acked, key)
			w.longest, w.last = max(w.longest, time.Since(w.last)), time.Now()
		} else {
			w.errors++
			if c != nil {
				c.Close() //nolint:errcheck // it is of no use any more
			}
			c, at = nil, at+1
		}
		w.mu.Unlock()
	}
}

// quickly writes a key, and gives up after 100 ms.
func quickly(c *peer, key string) error {
	if err := c.SetDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		return err
	}
	if _, err := c.Write(wire.Request(nil, "SET", key, key)); err != nil {
		return err
	}
	line, err := c.r.ReadString('\n')
	if err == nil && line != "+OK\r\n" {
		err = errors.New(line)
	}
	return err
}

// around does something while writes go on, and returns the longest time without an acknowledgement from then until they
// go on for a while.
func (w *gapWriter) around(do func()) time.Duration {
	time.Sleep(200 * time.Millisecond)
	w.mu.Lock()
	w.longest = 0
	w.mu.Unlock()
	do()
	for calm := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		w.mu.Lock()
		quiet, longest := time.Since(w.last), w.longest
		w.mu.Unlock()
		if quiet > 30*time.Millisecond {
			calm = time.Now()
		}
		if quiet > patience || time.Since(calm) > 500*time.Millisecond {
			return max(longest, quiet)
		}
	}
}

func (w *gapWriter) end() []string {
	close(w.stop)
	w.done.Wait()
	return w.acked
}

// TestCoordination kills, stops and ends primaries of a real group under writes, and then etcd.
func TestCoordination(t *testing.T) {
	t.Parallel()
	g := startCoordinated(t)
	if p := g.primary(); p != 0 {
		t.Errorf("n%d leads a new cluster whose config prefers n0", p)
	}
	w := g.writes()
	p := g.primary()
	t.Logf("kill -9: writes again after %v", w.around(g.nodes[p].Kill))
	g.start(p)

	p = g.primary()
	gap := w.around(func() { g.nodes[p].signal(syscall.SIGSTOP) })
	t.Logf("silence: writes again after %v", gap)
	if gap > 10*failoverAfter {
		t.Error("that is too long")
	}
	g.nodes[p].signal(syscall.SIGCONT)
	g.nodes[p].eventually("a secondary", func() bool { return strings.Contains(replies(t, g.addresses[p], "INFO", "replication"), "role:slave") })

	p = g.primary()
	t.Logf("SIGTERM: writes again after %v", w.around(func() { g.nodes[p].signal(syscall.SIGTERM) }))
	g.nodes[p].ended(patience)
	if log := g.nodes[p].stdout.String(); strings.Contains(log, "without having handed over") || !strings.Contains(log, "handing over") {
		t.Errorf("it has not handed over:\n%s", log)
	}
	g.start(p)

	p = g.primary()
	w.mu.Lock()
	before := w.errors
	w.mu.Unlock()
	g.etcd.Kill()
	time.Sleep(3 * failoverAfter)
	g.etcd.Restart()
	time.Sleep(2 * failoverAfter)
	w.mu.Lock()
	failed := w.errors - before
	w.mu.Unlock()
	if failed > 0 {
		t.Errorf("%d writes have failed while etcd was away", failed)
	}
	if now := g.primary(); now != p {
		t.Errorf("n%d leads since etcd is back; n%d did", now, p)
	}
	acked := w.end()
	t.Logf("%d writes acknowledged", len(acked))
}
