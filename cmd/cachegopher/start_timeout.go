package main

import (
	"context"
	"time"
)

const (
	// extendEvery is the interval at which extendStart checks the progress of a recovery.
	extendEvery = time.Second
	// extendBy is the time that the service manager then waits for more progress: several times extendEvery, and long
	// enough to give up a connection to another node and make it again.
	extendBy = 30 * time.Second
)

// extendStart extends the service manager's start timeout while progress rises, until ready is closed: a recovery takes
// as long as the amount of data needs, but one that hangs should be ended.
func extendStart(ctx context.Context, ready <-chan struct{}, progress func() int64, every time.Duration) {
	if !managed() {
		return
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for seen := int64(0); ; {
		select {
		case <-ctx.Done():
			return
		case <-ready:
			return
		case <-tick.C:
			if now := progress(); now != seen {
				seen = now
				notifyExtend()
			}
		}
	}
}
