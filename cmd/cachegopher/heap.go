package main

import (
	"os"
	"runtime/debug"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/logging"
	"github.com/cachegopher/cachegopher/lru"
)

const (
	// leastHeap is the least that Go's memory is limited to: collecting all the time to stay below less
	// would cost more than being killed for want of memory.
	leastHeap = 128 << 20
	// heapShare is the part of what the store leaves that Go's memory may take; the rest is for the kernel's
	// buffers of sockets, for the store's own overdraft, and for what else runs in the control group.
	heapShare = 0.9
)

// heapLimit is what GOMEMLIMIT should be, in bytes, for a process that may use available bytes of memory and a
// store that may take store bytes of it beside Go's memory; 0: it has no budget of bytes.
func heapLimit(available, store int64) int64 {
	if store == 0 {
		store = available / 2
	}
	return max(int64(heapShare*float64(available-store)), leastHeap)
}

// heap keeps Go's memory within what the store leaves of the machine's, or the control group's: the
// collector works harder before the kernel kills the node. What the operator gave as GOMEMLIMIT stays.
type heap struct {
	available int64
	set       int64 // the limit now; 0: none was set
}

func newHeap() *heap {
	if os.Getenv("GOMEMLIMIT") != "" {
		return nil
	}
	return &heap{available: lru.AvailableMemory()}
}

// fit sets the limit anew if the store's budget has changed, which it may while the node runs.
func (h *heap) fit(budget int64, log *logging.Logger) {
	if h == nil {
		return
	}
	if limit := heapLimit(h.available, budget); limit != h.set {
		debug.SetMemoryLimit(limit)
		h.set = limit
		log.Debug("limit of Go's memory", zap.Int64("bytes", limit), zap.Int64("available", h.available), zap.Int64("max_memory", budget))
	}
}
