package client

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// These tests are about complaints of users of other clients, as are TestWaitForRoom (errors
// that do not say what was waited for), TestWriteFindsTheNewPrimary (stuck on READONLY) and
// TestHooks (values in traces).

// A dial goes on when the request that waited for it has ended.
func TestDialsOutliveRequests(t *testing.T) {
	f := newFake(t)
	f.put("k", "v")
	gate := make(chan struct{})
	release := sync.OnceFunc(func() { close(gate) })
	t.Cleanup(release)
	f.setPlan(func(_ int, args []string) act {
		if args[0] == "HELLO" {
			<-gate
		}
		return act{}
	})
	c := newClient(t, []*fakeNode{f}, WithConnsPerNode(1), WithConnectTimeout(20*time.Second))
	for range 3 {
		_, err := c.Get(testkit.Within(t, 5*time.Millisecond), "k")
		for err != nil && !strings.Contains(err.Error(), " after ") { // on a busy machine it may have had no time at all
			_, err = c.Get(testkit.Within(t, 5*time.Millisecond), "k")
		}
		wantErr(t, err, "not sent after", ErrTimeout, ErrNotSent)
	}
	release()
	if v, err := c.Get(testkit.Within(t, 10*time.Second), "k"); err != nil || string(v) != "v" {
		t.Fatalf("Get = %q, %v", v, err)
	}
	if _, accepted := f.connections(); accepted != 1 {
		t.Errorf("%d connections were begun, want the first alone", accepted)
	}
}

// After an outage the client recovers by itself, in a time that does not grow with the outage.
func TestRecoversFromAnOutage(t *testing.T) {
	f := newFake(t)
	f.put("k", "v")
	c := newClient(t, []*fakeNode{f}, WithUnhealthy(3, time.Hour))
	ready(t, c)
	f.stop()
	testkit.Eventually(t, "the node is down", func() bool {
		_, err := c.Get(testkit.Within(t, time.Second), "k")
		return errors.Is(err, ErrUnavailable) && c.Nodes()[0].State == StateDown
	})
	f.restart()
	testkit.Eventually(t, "the node is used again", func() bool {
		_, err := c.Get(testkit.Within(t, time.Second), "k")
		return err == nil
	})
}

// An idle connection needs little memory.
func TestConnectionsAreSmall(t *testing.T) {
	f := newFake(t)
	f.put("k", "v")
	heap := func() int64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapInuse + m.StackInuse)
	}
	const conns = 64
	addr := newSilentNode(t)
	before := heap()
	c := newClientOf(t, servers([]string{addr}), WithConnsPerNode(conns))
	ready(t, c)
	if each := (heap() - before) / conns; each > 64<<10 && !testkit.Race { // the node's end included
		t.Errorf("%d bytes a connection", each)
	} else {
		t.Logf("%d bytes a connection", each)
	}
}

// newSilentNode starts a node that answers only the greeting, and uses little memory.
func newSilentNode(t *testing.T) (addr string) {
	return testkit.Serve(t, func(nc net.Conn) {
		b := make([]byte, 64)
		_, err := nc.Read(b)
		if err == nil {
			nc.Write([]byte("%0\r\n"))
		}
		for err == nil {
			_, err = nc.Read(b)
		}
	}).Address
}

// Names are resolved for every connection, since a node may move.
func TestNamesAreResolvedOnEveryDial(t *testing.T) {
	old, next := newFake(t), newFake(t)
	old.put("k", "old")
	next.put("k", "next")
	var mu sync.Mutex
	at := old.addr
	c := newClientOf(t, servers([]string{"cache.example:7000"}), WithConnsPerNode(1),
		WithDialer(func(ctx context.Context, network, address string) (net.Conn, error) {
			if address != "cache.example:7000" {
				t.Errorf("asked for %s", address)
			}
			mu.Lock()
			defer mu.Unlock()
			return new(net.Dialer).DialContext(ctx, network, at)
		}))
	get := func(want string) bool {
		v, err := c.Get(testkit.Within(t, time.Second), "k")
		return err == nil && string(v) == want
	}
	testkit.Eventually(t, "the old place is read", func() bool { return get("old") })
	mu.Lock()
	at = next.addr
	mu.Unlock()
	old.stop()
	testkit.Eventually(t, "the new place is read", func() bool { return get("next") })
}

func TestBackoffGrowsAndVaries(t *testing.T) {
	for n, limit := range map[int]time.Duration{1: 40 * time.Millisecond, 3: 160 * time.Millisecond, 50: 3 * time.Second} {
		seen := map[time.Duration]bool{}
		for range 100 {
			d := backoff(n)
			seen[d] = true
			if d < limit/4 || d > limit {
				t.Errorf("after %d failures the wait is %v, want up to %v", n, d, limit)
			}
		}
		if len(seen) < 50 {
			t.Errorf("after %d failures there are only %d different waits", n, len(seen))
		}
	}
}

// The client depends only on what its package document names.
func TestDependencies(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for _, p := range strings.Fields(string(out)) {
		own, is := strings.CutPrefix(p, "github.com/cachegopher/cachegopher/")
		if !is && p != "github.com/cespare/xxhash/v2" && !strings.HasPrefix(p, "golang.org/x/sys/") {
			t.Errorf("the client depends on %s", p)
		}
		// lru/policy has the names that a config may give; lru/view reads a store, of which the packages below lru know the
		// layout.
		for _, no := range []string{"server", "replica"} {
			if strings.HasPrefix(own, no) || own == "lru" {
				t.Errorf("the client depends on %s", p)
			}
		}
	}
}

// A peer that does not read does not delay the close of an encrypted connection.
func TestCloseOfStalledTLS(t *testing.T) {
	a, b := net.Pipe() // without any buffer
	defer b.Close()
	tc := tls.Client(a, &tls.Config{InsecureSkipVerify: true})
	done := make(chan struct{})
	go func() { hangUp(tc, errReadTimeout); close(done) }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Error("closing waits for the peer")
	}
}
