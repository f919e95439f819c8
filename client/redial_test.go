package client

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A node that closes each connection after the greeting, or after one answer, is dialled at
// the pace of the back-off, however many requests there are, and callers do not wait long.
func TestBackoffAfterGreeting(t *testing.T) {
	for name, x := range map[string]struct {
		plan func(conn int, args []string) act
		most int // connections in two seconds and a half
	}{
		"closes after the greeting": {func(_ int, args []string) act { return act{only: 1 << 20} }, 2 * 10},
		"closes at the first request": {func(_ int, args []string) act {
			if args[0] == "HELLO" {
				return act{}
			}
			return act{close: true}
		}, 2 * 10},
		"closes after an answer": {func(_ int, args []string) act {
			if args[0] == "HELLO" {
				return act{}
			}
			return act{only: 1 << 20}
		}, 2 * 70},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.put("k", "v")
			f.setPlan(x.plan)
			c := newClient(t, []*fakeNode{f}, WithConnsPerNode(2))
			end := time.Now().Add(2 * time.Second)
			var wg sync.WaitGroup
			var calls atomic.Int64
			for range 20 {
				wg.Go(func() {
					for time.Now().Before(end) {
						ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
						_, err := c.Get(ctx, "k")
						cancel()
						checkKinds(t, err)
						calls.Add(1)
						time.Sleep(time.Millisecond)
					}
				})
			}
			wg.Wait()
			if _, accepted := f.connections(); accepted > x.most {
				t.Errorf("%d connections in 2 s, want at most %d", accepted, x.most)
			} else {
				t.Logf("%d connections for %d calls in 2 s", accepted, calls.Load())
			}
		})
	}
}

// A connection that fails after steadyAfter is replaced without back-off.
func TestNoBackoffAfterASteadyConnection(t *testing.T) {
	n := &node{opts: &options{failures: 3}}
	c := &conn{born: time.Now().Add(-2 * steadyAfter), err: errClosedByNode}
	if got := n.lost(c, 5); got != 0 || backoff(got) > 10*time.Millisecond {
		t.Errorf("%d failures after a connection that was steady", got)
	}
	c.born = time.Now()
	if got := n.lost(c, 0); got != 1 || backoff(got) < 20*time.Millisecond {
		t.Errorf("%d failures after one that was not", got)
	}
}
