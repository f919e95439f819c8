package client

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/cespare/xxhash/v2"
)

// took records how long a load of the key took.
func (l *loads) took(key string, d time.Duration) {
	at := &l.costs[xxhash.Sum64String(key)%costSlots]
	if old := at.Load(); old != 0 {
		d = time.Duration((3*old + int64(d)) / 4)
	}
	at.Store(max(int64(d), 1))
}

// cost returns how long a load of the key is expected to take; 0: unknown.
func (l *loads) cost(key string) time.Duration {
	return time.Duration(l.costs[xxhash.Sum64String(key)%costSlots].Load())
}

// refreshNow decides at random whether to reload a value with this time to live: the
// longer loads take and the less time is left, the more likely.
func (l *loads) refreshNow(key string, left time.Duration) bool {
	cost := l.cost(key)
	if cost == 0 {
		return false
	}
	return float64(cost)*-math.Log(1-rand.Float64()) >= float64(left)
}

// A refresh may take refreshCosts times as long as loads usually do, and at least
// refreshLeast.
const (
	refreshCosts = 10
	refreshLeast = time.Second
)

// refreshTimeout returns how long a refresh of a value with this time to live may take.
// After that another caller may load it.
func (l *loads) refreshTimeout(key string, left time.Duration) time.Duration {
	return max(refreshCosts*min(l.cost(key), time.Hour), left, refreshLeast)
}
