// Package machine measures how long a busy machine delays goroutines, for tests that must compare a time with a limit.
package machine

import (
	"sync/atomic"
	"testing"
	"time"
)

// every is the interval of a Watch's samples.
const every = 5 * time.Millisecond

// Watch measures the longest delay of a goroutine that is ready to run.
type Watch struct{ worst atomic.Int64 }

// Start starts a Watch, which ends with the test.
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

// Stall returns the longest delay so far.
func (w *Watch) Stall() time.Duration { return time.Duration(w.worst.Load()) }

// Allow returns a time limit on this machine for work that takes at most limit on an idle one.
func (w *Watch) Allow(limit time.Duration) time.Duration { return limit + 10*w.Stall() }
