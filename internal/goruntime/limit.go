package goruntime

import (
	"os"
	"runtime/debug"
	"runtime/metrics"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/lru"
)

const (
	// leastHeap is the least limit that HeapLimit returns. Under a lower one the collector would run all the time,
	// which is worse than the risk of being killed for lack of memory.
	leastHeap = 128 << 20
	// heapShare is the part of the memory beside the store that Go may use. The rest is for the kernel's socket buffers,
	// for the store when it exceeds its budget, and for other processes in the control group.
	heapShare = 0.9

	// BesideBudgets is the memory in bytes that Go uses beyond all budgets while there are few clients.
	BesideBudgets = 40 << 20
	// leastGarbage is the amount of garbage that is always allowed, so that collections stay rare.
	leastGarbage = 16 << 20
)

// HeapLimit returns the limit of Go's memory in bytes that the machine allows: available is the memory that the process may
// use, store is the store's budget, which is not Go's memory; 0: it has no budget of bytes.
func HeapLimit(available, store int64) int64 {
	if store == 0 {
		store = available / 2
	}
	return max(int64(heapShare*float64(available-store)), leastHeap)
}

// garbageLimit returns the limit of Go's memory, in bytes, that the node's budgets allow. By default the collector waits until
// there is as much garbage as memory in use, so that a flood of clients whose buffers stay within client_buffers would take
// twice that. budgets is the sum of the budgets, live what was in use after the last collection, and runtime the use of
// stacks and the like. If these exceed the budgets, as with many TLS connections, garbage may be a quarter of live.
func garbageLimit(budgets, live, runtime int64) int64 {
	return max(budgets+BesideBudgets, live+live/4+runtime+leastGarbage)
}

// limit keeps Go's memory limit (GOMEMLIMIT) at the lower of HeapLimit and garbageLimit, so that the collector works
// harder before the kernel kills the node.
type limit struct {
	available int64
	set       int64 // the limit now; 0: none was set
	samples   []metrics.Sample
	log       *zap.Logger
}

// newLimit returns nil if the environment sets GOMEMLIMIT, which then stays.
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

// fit adjusts the limit after the budgets or the memory in use have changed. It is called once a second.
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
