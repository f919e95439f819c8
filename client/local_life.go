package client

import (
	"sync"
	"time"
)

// lifeSigns notices that a node's clock stands still.
type lifeSigns struct {
	mu    sync.Mutex
	clock int64     // the node's, in milliseconds
	at    time.Time // when it was seen to move
}

// mostSilence is how long the clock of a node that lives may stand still.
const mostSilence = time.Second

// seen takes the node's clock as of now, and reports whether the node lives. While another goroutine looks, it says yes.
func (l *lifeSigns) seen(clock int64, now time.Time) bool {
	if !l.mu.TryLock() {
		return true
	}
	defer l.mu.Unlock()
	if l.at.IsZero() {
		l.clock, l.at = clock, now
		return true
	}
	passed, moved := now.Sub(l.at), time.Duration(clock-l.clock)*time.Millisecond
	if passed-moved > mostSilence { // it may have moved a little before it stood still
		return false
	}
	if moved > 0 {
		l.clock, l.at = clock, now
	}
	return true
}
