package session

import (
	"sync/atomic"
	"time"

	"github.com/cachegopher/cachegopher/server/session/reply"
)

// slowBatch: if the slow log records commands faster than this, every command is
// timed individually. Otherwise only Timed commands and samples are, and the time
// of a batch is divided among its commands.
const slowBatch = 1000 // microseconds

// loopStats are one loop's counters. Only the loop writes them, at the end of a
// batch; any goroutine may read the atomic ones.
type loopStats struct {
	batch []uint32 // calls of each handler in this batch
	order []int    // handlers called in this batch
	owed  []int64  // calls whose time is not counted yet, by handler
	born  time.Time
	start time.Duration // when this batch began, since born
	at    int64         // the store's clock when the last timed batch began, ms
	since int           // batches since
	timed bool          // this batch is timed

	calls, nanos, reject, fail []atomic.Int64 // by handler
	rejectedFor                []atomic.Int64 // by handler and rejection
	sampled                    []sampled      // by handler
	untilSample                int
	errors                     [reply.Codes]atomic.Int64
	bytesIn, bytesOut          atomic.Int64
}

func (t *loopStats) init(handlers int) {
	t.batch = make([]uint32, handlers)
	t.order = make([]int, 0, handlers)
	t.owed = make([]int64, handlers)
	t.born = time.Now()
	t.calls = make([]atomic.Int64, handlers)
	t.nanos = make([]atomic.Int64, handlers)
	t.reject = make([]atomic.Int64, handlers)
	t.rejectedFor = make([]atomic.Int64, handlers*int(rejections))
	t.fail = make([]atomic.Int64, handlers)
	t.sampled = make([]sampled, handlers)
}

// add adds to a counter that only this goroutine writes.
func add(a *atomic.Int64, n int64) { a.Store(a.Load() + n) }

// timeEvery: of the batches that begin within the same millisecond, one in timeEvery is timed. Reading the
// clock twice costs as much as a GET, which every batch of a single request would pay.
const timeEvery = 8

// begin opens a batch; now is the store's clock.
func (t *loopStats) begin(now int64) {
	t.since++
	if t.timed = now != t.at || t.since >= timeEvery; t.timed {
		t.at, t.since, t.start = now, 0, time.Since(t.born)
	}
}

// took counts the time of a call that was timed individually, so that a long one counts even if its batch is
// not timed.
func (t *loopStats) took(id int, d time.Duration) {
	if !t.timed {
		add(&t.nanos[id], int64(d))
		t.owed[id]--
	}
}

func (t *loopStats) call(id int) {
	if t.batch[id] == 0 {
		t.order = append(t.order, id)
	}
	t.batch[id]++
}

// end divides the time of the batch among its calls, and counts the same time for each call of the untimed
// batches before it.
func (t *loopStats) end(in, out int) {
	if len(t.order) == 0 {
		return
	}
	n := uint32(0)
	for _, id := range t.order {
		calls := t.batch[id]
		n += calls
		t.batch[id] = 0
		t.owed[id] += int64(calls)
		add(&t.calls[id], int64(calls))
	}
	if t.timed {
		each := int64(time.Since(t.born)-t.start) / int64(n)
		for _, id := range t.order {
			add(&t.nanos[id], t.owed[id]*each)
			t.owed[id] = 0
		}
	}
	t.order = t.order[:0]
	add(&t.bytesIn, int64(in))
	add(&t.bytesOut, int64(out))
}

// totals are the sums of all loops' counters.
type totals struct {
	calls, nanos, reject, fail []int64
	rejectedFor                []int64 // by handler and rejection
	errors                     [reply.Codes]int64
	all, bytesIn, bytesOut     int64
}

// RequestBytes returns the number of bytes of executed requests so far. It is cheap.
func (n *Node) RequestBytes() (bytes int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, l := range n.loops {
		bytes += l.stats.bytesIn.Load()
	}
	return bytes
}

// totals sums the loops' counters since the last RESETSTAT.
func (n *Node) totals() totals {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.sum().minus(n.base)
}

// sum sums the loops' counters since the start. REQUIRES: n.mu is held.
func (n *Node) sum() totals {
	k := len(n.table.handlers)
	t := totals{
		calls: make([]int64, k), nanos: make([]int64, k), reject: make([]int64, k), fail: make([]int64, k),
		rejectedFor: make([]int64, k*int(rejections)),
	}
	for _, l := range n.loops {
		for i := range k {
			t.calls[i] += l.stats.calls[i].Load()
			t.nanos[i] += l.stats.nanos[i].Load()
			t.reject[i] += l.stats.reject[i].Load()
			t.fail[i] += l.stats.fail[i].Load()
			t.all += l.stats.calls[i].Load()
		}
		for i := range t.rejectedFor {
			t.rejectedFor[i] += l.stats.rejectedFor[i].Load()
		}
		for i := range t.errors {
			t.errors[i] += l.stats.errors[i].Load()
		}
		t.bytesIn += l.stats.bytesIn.Load()
		t.bytesOut += l.stats.bytesOut.Load()
	}
	return t
}

func (t totals) minus(b totals) totals {
	for i := range b.calls {
		t.calls[i] -= b.calls[i]
		t.nanos[i] -= b.nanos[i]
		t.reject[i] -= b.reject[i]
		t.fail[i] -= b.fail[i]
	}
	for i := range b.rejectedFor {
		t.rejectedFor[i] -= b.rejectedFor[i]
	}
	for i := range b.errors {
		t.errors[i] -= b.errors[i]
	}
	t.all -= b.all
	t.bytesIn -= b.bytesIn
	t.bytesOut -= b.bytesOut
	return t
}

// ResetStats sets the counters to zero, except those of connections and of the store.
func (n *Node) ResetStats() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.base = n.sum()
}
