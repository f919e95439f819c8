package lru

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// TestClockJumps runs a clock for an hour in which the wall clock jumps, and asks
// that it goes evenly: a second takes a second, give or take one part in a hundred,
// which the clock adds once a second.
func TestClockJumps(t *testing.T) {
	const second = int64(time.Second)
	for _, jump := range []time.Duration{0, time.Hour, -time.Hour, 40 * 365 * 24 * time.Hour, -40 * 365 * 24 * time.Hour, 3 * time.Second, -3 * time.Second} {
		t.Run(fmt.Sprint(jump), func(t *testing.T) {
			epoch := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).UnixNano()
			c := &SystemClock{wall: epoch}
			before := c.at(0, func() int64 { return epoch })
			start := before
			var wall int64
			for elapsed := second / 2; elapsed <= 3600*second; elapsed += second / 2 {
				wall = epoch + elapsed
				if elapsed >= 60*second {
					wall += int64(jump)
				}
				now := c.at(elapsed, func() int64 { return wall })
				if d := now - before; d < 489 || d > 511 {
					t.Fatalf("after %v the clock goes %d ms in half a second", time.Duration(elapsed), d)
				}
				before = now
			}
			if jump == 0 && before-start != 3600*1000 {
				t.Errorf("an hour took %d ms", before-start)
			}
			if drift := before - wall/1e6; max(jump, -jump) <= 3*time.Second && (drift < -10 || drift > 10) {
				t.Errorf("the clock has not come up with the wall clock: %d ms apart", drift)
			}
		})
	}
}

// TestClockStepsBack looks at a clock every few microseconds while it slows down,
// because the wall clock went back: each second takes 10 ms off it, and it must
// stand still rather than go back by them.
func TestClockStepsBack(t *testing.T) {
	epoch := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).UnixNano()
	c := &SystemClock{wall: epoch}
	last, stood := int64(0), 0
	for elapsed := int64(0); elapsed <= 5*int64(time.Second); elapsed += int64(100 * time.Microsecond) {
		now := c.at(elapsed, func() int64 { return epoch + elapsed - int64(time.Hour) })
		switch {
		case now < last:
			t.Fatalf("after %v the clock goes back by %d ms", time.Duration(elapsed), last-now)
		case now == last:
			stood++
		}
		last = now
	}
	// Of the 50,000 looks in these 5 seconds one in ten sees a new millisecond, were it
	// not for the 10 ms that are taken off four times before the end.
	if stood < 45_000+4*10 {
		t.Errorf("the clock stood still %d times, it has not slowed down", stood)
	}
}

// TestJumpsAndExpiry lets the wall clock jump under a cache that takes the time
// from a SystemClock: what has expired stays so, what has not lives on, and the
// background work goes on.
func TestJumpsAndExpiry(t *testing.T) {
	for _, jump := range []time.Duration{24 * time.Hour, -24 * time.Hour} {
		t.Run(fmt.Sprint(jump), func(t *testing.T) {
			epoch := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).UnixNano()
			clock, elapsed, off := &SystemClock{wall: epoch}, int64(0), int64(0)
			c := newTestCache(t, Options{MaxEntries: 100, Clock: func() int64 {
				return clock.at(elapsed, func() int64 { return epoch + elapsed + off })
			}})
			set := func(key string, ttl time.Duration) {
				if err := c.SetAt([]byte(key), nil, c.Now()+ttl.Milliseconds()); err != nil {
					t.Fatal(err)
				}
			}
			there := func(key string, want bool) {
				t.Helper()
				if _, ok := c.Get(nil, []byte(key)); ok != want {
					t.Errorf("%s is there: %v, want %v", key, ok, want)
				}
			}
			set("short", time.Second)
			set("long", time.Hour)
			elapsed = 2 * int64(time.Second)
			there("short", false)
			off = int64(jump)
			elapsed += 30 * int64(time.Second)
			there("short", false)
			there("long", true)
			set("after", 10*time.Second)
			elapsed += 9 * int64(time.Second)
			there("after", true)
			elapsed += 2 * int64(time.Second)
			for c.Step(time.Hour) {
			}
			if n := c.Len(); n != 1 {
				t.Errorf("%d entries are left, want the long one", n)
			}
			elapsed += int64(time.Hour) + int64(time.Minute)
			there("long", false)
		})
	}
}

// TestClockConcurrent asks a real clock from many goroutines: none may see it go back.
func TestClockConcurrent(t *testing.T) {
	c := NewSystemClock()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			last := c.Now()
			for range scale(200_000) {
				now := c.Now()
				if now < last {
					t.Errorf("from %d to %d", last, now)
					return
				}
				last = now
			}
		})
	}
	wg.Wait()
	if off := time.Now().UnixMilli() - c.Now(); off < -5000 || off > 5000 {
		t.Errorf("the clock is %d ms off", off)
	}
}
