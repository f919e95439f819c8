package goruntime

import (
	"runtime/debug"
	"time"
)

// A node whose clients have gone allocates nothing, so that no collection finds what they leave behind, and the
// system does not get it back. tidier collects once after many have gone.
type tidier struct {
	most    int64     // bytes that clients took at the most since the last collection
	last    int64     // what they took a second ago
	quiet   int       // seconds for which that has hardly changed
	tidied  time.Time // the last collection
	collect func()
}

const (
	clientBytes = 8 << 10 // of Go's memory that a connection takes, about
	worthTidy   = 8 << 20 // a collection is worth what it costs when clients have left so much
	quietTicks  = 3       // seconds in which none of them come or go
	tidyEvery   = 20 * time.Second
)

func newTidier() *tidier { return &tidier{collect: debug.FreeOSMemory} }

// tick is called about once a second with the number of clients and the bytes that their buffers take.
func (t *tidier) tick(clients, buffers int64, now time.Time) {
	need := clients*clientBytes + buffers
	t.most = max(t.most, need)
	if need < t.last-worthTidy/8 || need > t.last+worthTidy/8 {
		t.quiet = 0
	} else {
		t.quiet++
	}
	t.last = need
	if t.most-need < worthTidy || t.quiet < quietTicks || now.Sub(t.tidied) < tidyEvery {
		return
	}
	t.most, t.tidied = need, now
	go t.collect() // it may take a while, the clock goes on
}
