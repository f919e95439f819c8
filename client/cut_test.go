package client

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// A connection may be cut at any moment, also while a caller writes or reads beneath
// net.Conn: no goroutine may wait for ever.
func TestCutWhileCallersWork(t *testing.T) {
	f := newFake(t)
	f.put("k", "v")
	c := newClient(t, []*fakeNode{f}, WithConnsPerNode(1), WithReadTimeout(20*time.Second))
	n := c.topology.Load().nodes[0]
	stop := readersUntil(c, 3)
	cut := make(chan struct{})
	ctx := testkit.Within(t, 10*time.Second)
	go func() {
		defer close(cut)
		for range 1500 { // or as many as a busy machine makes in ten seconds
			if ctx.Err() != nil {
				return
			}
			if s := n.slots[0].Load(); s != nil {
				s.fail(errors.New("cut by the test"))
			}
			time.Sleep(20 * time.Microsecond)
		}
	}()
	select {
	case <-cut:
	case <-time.After(testkit.Patience):
		t.Fatal("cutting a connection waits for ever")
	}
	stop()
}

// readersUntil starts goroutines that read, and ignore failures, until stop is called.
func readersUntil(c *Client, goroutines int) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	for range goroutines {
		go func() {
			for ctx.Err() == nil {
				_, _ = c.Get(ctx, "k")
			}
			done <- struct{}{}
		}()
	}
	return func() {
		cancel()
		for range goroutines {
			<-done
		}
	}
}
