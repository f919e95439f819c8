// Package machine measures how busy the machine is, for tests that have to compare a time with a limit.
package machine

import (
	"sync/atomic"
	"testing"
	"time"
)

// every is how often a Watch looks at the clock.
const every = 5 * time.Millisecond

// Watch measures for how long the machine lets goroutines wait that have nothing to wait for.
type Watch struct{ worst atomic.Int64 }

// Start begins a Watch that ends with the test.
func Start(t testing.TB) *Watch {
	w, done, ended := new(Watch), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			start := time.Now()
			select {
			case <-done:
				return
			case <-time.After(every):
			}
			w.worst.Store(max(w.worst.Load(), int64(time.Since(start)-every)))
		}
	}()
	t.Cleanup(func() {
		close(done)
		<-ended
	})
	return w
}

// Stall is the longest such wait so far.
func (w *Watch) Stall() time.Duration { return time.Duration(w.worst.Load()) }

// Allow is a limit of time for what takes no longer than limit on an idle machine.
func (w *Watch) Allow(limit time.Duration) time.Duration { return limit + 10*w.Stall() }
