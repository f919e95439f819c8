package client

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Callers that try again at once while the node is down do not keep one another from the processors: while one has its first
// answer, no other one has had hundreds. On one processor they take turns, whatever else runs on the machine.
func TestSpinningCallers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	f := newFake(t)
	c := newClient(t, []*fakeNode{f})
	f.stop()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for !errors.Is(errOf(c.Get(ctx, "k")), ErrUnavailable) {
		time.Sleep(time.Millisecond)
	}
	var waiting, most atomic.Int64
	const callers = 64
	waiting.Store(int64(callers))
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			n := int64(0)
			for ; waiting.Load() > 0; n++ {
				if err := errOf(c.Get(ctx, "k")); err == nil {
					t.Error("a node that is down answered")
				}
				if n == 0 {
					waiting.Add(-1)
				}
			}
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
		})
	}
	wg.Wait()
	t.Logf("%d callers; when the last one had its first answer, another one had %d", callers, most.Load())
	if most.Load() > 100 {
		t.Errorf("a caller had %d answers before each of %d had one", most.Load(), callers)
	}
}

func errOf(_ []byte, err error) error { return err }
