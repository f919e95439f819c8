// Package goruntime sets up Go's runtime for a process that is a node: how much memory the collector lets it have, when
// memory goes back to the system, and how many threads may run. All of it holds for the whole process, so only the
// daemon does it, and no node that runs in a test.
package goruntime

import (
	"context"
	"time"

	"go.uber.org/zap"
)

// Use is what decides how much of Go's memory a node may and does take.
type Use struct {
	Store   int64 // bytes that the store's budget allows, beside Go's memory; 0: it has no budget of bytes
	Beside  int64 // bytes that the budgets of everything else allow
	Clients int64 // connections
	Buffers int64 // bytes that their buffers take
}

// every is how often the use is looked at.
const every = time.Second

// Keep limits Go's memory to what use allows, from before it returns until ctx is done, and gives back to the system
// what clients that have gone leave behind.
func Keep(ctx context.Context, use func() Use, log *zap.Logger) {
	limit, tidy := newLimit(log), newTidier()
	limit.fit(use())
	go func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case now := <-tick.C:
				u := use()
				limit.fit(u)
				tidy.tick(u.Clients, u.Buffers, now)
			}
		}
	}()
}
