package goruntime

import (
	"testing"
	"time"
)

// TestCollector collects once after a crowd has gone, and not while clients come and go as usual.
func TestCollector(t *testing.T) {
	collected := make(chan bool, 100)
	collector := &collector{collect: func() { collected <- true }}
	now := time.Unix(1000, 0)
	ticks := func(n int, clients, buffers int64, want int) {
		t.Helper()
		for range n {
			collector.tick(clients, buffers, now)
			now = now.Add(time.Second)
		}
		for range want {
			<-collected
		}
		time.Sleep(time.Millisecond)
		if more := len(collected); more > 0 {
			t.Fatalf("%d clients with %d bytes: %d collections too many", clients, buffers, more)
		}
	}
	ticks(100, 50, 1<<20, 0)
	ticks(1, 5000, 200<<20, 0)
	ticks(quietTicks, 50, 1<<20, 0) // just gone
	ticks(100, 50, 1<<20, 1)
	ticks(100, 5000, 200<<20, 0)
	for range 20 { // coming and going
		ticks(2, 5000, 100<<20, 0)
		ticks(2, 5000, 200<<20, 0)
	}
	ticks(100, 5000, 100<<20, 1)
}
