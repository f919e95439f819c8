package millis

import (
	"math"
	"testing"
	"time"
)

func TestUp(t *testing.T) {
	for d, want := range map[time.Duration]int64{
		0: 0, 1: 1, time.Millisecond - 1: 1, time.Millisecond: 1, time.Millisecond + 1: 2, time.Hour: 3_600_000,
		-1: 0, -time.Millisecond: -1, -1500 * time.Microsecond: -1,
		math.MaxInt64: 9_223_372_036_855, math.MinInt64: -9_223_372_036_854,
	} {
		if got := Up(d); got != want {
			t.Errorf("Up(%d ns) = %d, want %d", d, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for ms, want := range map[int64]time.Duration{
		0: 0, 1: time.Millisecond, -1: -time.Millisecond, 86_400_000: 24 * time.Hour,
		9_223_372_036_854: Longest, 9_223_372_036_855: Longest, math.MaxInt64: Longest,
		math.MinInt64: -Longest, -9_223_372_036_855: -Longest,
	} {
		if got := Duration(ms); got != want {
			t.Errorf("Duration(%d) = %d, want %d", ms, got, want)
		}
	}
	if Longest <= 0 || Longest == math.MaxInt64 {
		t.Errorf("Longest is %d", Longest)
	}
}
