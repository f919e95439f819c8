package session

import (
	"slices"
	"sync"
	"sync/atomic"
)

// SlowLog keeps the latest slow commands. Any goroutine may call its methods.
type SlowLog struct {
	slower  atomic.Int64 // see SlowerThan
	max     atomic.Int64
	mu      sync.Mutex
	next    int64         // ID of the next entry
	entries []SlowCommand // newest first
}

// SlowLog returns the node's slow log.
func (n *Node) SlowLog() *SlowLog { return &n.slowlog }

// Len is the number of entries.
func (l *SlowLog) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.entries)
}

// Newest returns up to most entries, newest first; all if most is negative.
func (l *SlowLog) Newest(most int64) []SlowCommand {
	l.mu.Lock()
	defer l.mu.Unlock()
	if most < 0 || most > int64(len(l.entries)) {
		most = int64(len(l.entries))
	}
	return slices.Clone(l.entries[:most])
}

// SlowerThan is the least duration, in microseconds, of the commands recorded; negative: none is recorded.
func (l *SlowLog) SlowerThan() int64 { return l.slower.Load() }

// SetSlowerThan sets SlowerThan.
func (l *SlowLog) SetSlowerThan(microseconds int64) { l.slower.Store(microseconds) }

// Max is the greatest number of entries.
func (l *SlowLog) Max() int64 { return l.max.Load() }

// SetMax sets Max and drops the oldest entries beyond it.
func (l *SlowLog) SetMax(most int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.max.Store(most)
	l.trim()
}

// Reset removes all entries.
func (l *SlowLog) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = nil
}

// add records e, with the next ID.
func (l *SlowLog) add(e SlowCommand) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.ID = l.next
	l.next++
	l.entries = append([]SlowCommand{e}, l.entries...)
	l.trim()
}

// trim drops the entries beyond max. REQUIRES: l.mu is held.
func (l *SlowLog) trim() {
	if most := l.max.Load(); int64(len(l.entries)) > most {
		clear(l.entries[most:])
		l.entries = l.entries[:most]
	}
}
