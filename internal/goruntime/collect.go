package goruntime

import (
	"runtime/debug"
	"time"
)

// collector runs a collection after many clients have left. An idle node allocates nothing, so otherwise no collection
// would free their memory, and the system would not get it back.
type collector struct {
	most      int64     // the most bytes that clients used since the last collection
	last      int64     // bytes that they used a second ago
	quiet     int       // seconds for which their use has hardly changed
	collected time.Time // the last collection
	collect   func()
}

const (
	clientBytes  = 8 << 10 // about what a connection uses of Go's memory, without buffers
	worthwhile   = 8 << 20 // the least bytes left behind for which a collection is worth its cost
	quietTicks   = 3       // seconds in which no clients come or leave before a collection
	collectEvery = 20 * time.Second
)

func newCollector() *collector { return &collector{collect: debug.FreeOSMemory} }

// tick is called once a second with the number of clients and the bytes in their buffers.
func (t *collector) tick(clients, buffers int64, now time.Time) {
	need := clients*clientBytes + buffers
	t.most = max(t.most, need)
	if need < t.last-worthwhile/8 || need > t.last+worthwhile/8 {
		t.quiet = 0
	} else {
		t.quiet++
	}
	t.last = need
	if t.most-need < worthwhile || t.quiet < quietTicks || now.Sub(t.collected) < collectEvery {
		return
	}
	t.most, t.collected = need, now
	go t.collect() // it may take longer than a tick
}
