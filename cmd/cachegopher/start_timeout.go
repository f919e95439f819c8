package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

const (
	// extendEvery is how often the progress of a recovery is looked at.
	extendEvery = time.Second
	// extendBy is how long the service manager then waits for the next sign of progress: several times
	// extendEvery, and as long as a connection to another node may take to be given up and made again.
	extendBy = 30 * time.Second
)

// extendStart has the service manager wait beyond its start timeout while the node recovers, as long as progress
// rises: a recovery takes as long as there is data, but one that hangs should end. It returns when ready is closed.
func extendStart(ctx context.Context, ready <-chan struct{}, progress func() int64, every time.Duration) {
	if os.Getenv("NOTIFY_SOCKET") == "" {
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
				notify(fmt.Sprintf("EXTEND_TIMEOUT_USEC=%d", extendBy.Microseconds()))
			}
		}
	}
}
