// Package millis converts between time.Duration and the whole milliseconds that nodes count in.
package millis

import (
	"math"
	"time"
)

// Longest is the longest whole number of milliseconds that a Duration holds, about 292 years.
const Longest = math.MaxInt64 / time.Millisecond * time.Millisecond

// Up returns d in milliseconds, rounded up, so that a positive d gives at least 1. It does not overflow.
func Up(d time.Duration) int64 {
	ms := int64(d / time.Millisecond)
	if d%time.Millisecond > 0 {
		ms++
	}
	return ms
}

// Duration returns ms milliseconds as a Duration. A value out of its range becomes Longest or -Longest.
func Duration(ms int64) time.Duration {
	const most = int64(Longest / time.Millisecond)
	return time.Duration(min(max(ms, -most), most)) * time.Millisecond
}
