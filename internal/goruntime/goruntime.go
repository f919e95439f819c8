// Package goruntime tunes Go's runtime for a process that runs one node: its memory limit, when memory goes back to the
// system, and GOMAXPROCS. These are global to the process, so the daemon sets them, and nodes in tests do not.
package goruntime

import (
	"context"
	"time"

	"go.uber.org/zap"
)

// Use describes how much of Go's memory a node may use and what its clients use of it.
type Use struct {
	Store   int64 // budget of the store in bytes, which is not Go's memory; 0: it has no budget of bytes
	Beside  int64 // sum of all other budgets in bytes
	Clients int64 // connections
	Buffers int64 // bytes in their buffers
}

// every is the interval at which Keep calls use.
const every = time.Second

// Keep sets Go's memory limit, as use allows, before it returns, and adjusts it until ctx is done. It also returns
// memory to the system after many clients have left.
func Keep(ctx context.Context, use func() Use, log *zap.Logger) {
	limit, collector := newLimit(log), newCollector()
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
				collector.tick(u.Clients, u.Buffers, now)
			}
		}
	}()
}
