package goruntime

import (
	"os"
	"runtime/debug"
	"runtime/metrics"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/lru"
)

const (
	// leastHeap is the least that the machine is found to leave for Go's memory: collecting all the time to stay
	// below less would cost more than being killed for want of memory.
	leastHeap = 128 << 20
	// heapShare is the part of what the store leaves that Go's memory may take; the rest is for the kernel's
	// buffers of sockets, for the store's own overdraft, and for what else runs in the control group.
	heapShare = 0.9

	// BesideBudgets is what Go's memory takes beside budgets as long as there are few clients.
	BesideBudgets = 40 << 20
	// leastGarbage is what may be garbage in any case, so that collections are seldom.
	leastGarbage = 16 << 20
)

// HeapLimit is what Go's memory may be, in bytes, in a process that may use available bytes of memory and whose
// store may take store bytes of it beside Go's memory; 0: it has no budget of bytes.
func HeapLimit(available, store int64) int64 {
	if store == 0 {
		store = available / 2
	}
	return max(int64(heapShare*float64(available-store)), leastHeap)
}

// garbageLimit is what Go's memory may be, in bytes, so that garbage does not make more of it than the budgets allow:
// by itself the collector waits until there is as much garbage as memory in use, and a flood of clients whose buffers
// are within client_buffers would take twice as much. budgets are those bytes that buffers may take; live is what was
// in use after the last collection, and runtime what stacks and the like take. Where that is more than budgets, as
// with many connections with TLS, a quarter of it may be garbage.
func garbageLimit(budgets, live, runtime int64) int64 {
	return max(budgets+BesideBudgets, live+live/4+runtime+leastGarbage)
}

// limit keeps Go's memory, by GOMEMLIMIT, within what the store leaves of the machine's or the control group's, and
// within what the node's budgets say: the collector works harder before the kernel kills the node.
type limit struct {
	available int64
	set       int64 // the limit now; 0: none was set
	samples   []metrics.Sample
	log       *zap.Logger
}

// newLimit returns nil if the operator gave a GOMEMLIMIT, which stays.
func newLimit(log *zap.Logger) *limit {
	if os.Getenv("GOMEMLIMIT") != "" {
		return nil
	}
	l := &limit{available: lru.AvailableMemory(), log: log}
	for _, name := range []string{"/gc/heap/live:bytes", "/memory/classes/heap/stacks:bytes", "/memory/classes/metadata/other:bytes", "/memory/classes/os-stacks:bytes"} {
		l.samples = append(l.samples, metrics.Sample{Name: name})
	}
	return l
}

// fit sets the limit anew if the budgets have changed, which they may while the node runs, or if what is in use has.
// It is called about once a second.
func (l *limit) fit(u Use) {
	if l == nil {
		return
	}
	metrics.Read(l.samples)
	var all [4]int64
	for i, s := range l.samples {
		if s.Value.Kind() == metrics.KindUint64 {
			all[i] = int64(s.Value.Uint64())
		}
	}
	limit := min(HeapLimit(l.available, u.Store), garbageLimit(u.Beside, all[0], all[1]+all[2]+all[3]))
	if d := limit - l.set; d > l.set/16 || -d > l.set/16 { // setting it stops the world for a moment
		debug.SetMemoryLimit(limit)
		l.set = limit
		l.log.Debug("limit of Go's memory", zap.Int64("bytes", limit), zap.Int64("available", l.available), zap.Int64("max_memory", u.Store), zap.Int64("in_use", all[0]))
	}
}
