//go:build unix && !race && !lruheap && !lruguard

package lru

import (
	"testing"
	"unsafe"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
)

// TestCacheLines checks that the memory that readers without the lock use and that a hit
// changes are a cache line each, in every shard.
func TestCacheLines(t *testing.T) {
	var s Shard
	if n := unsafe.Offsetof(s.mu); n != 0 {
		t.Errorf("the lock is at byte %d", n)
	}
	if n := unsafe.Offsetof(s.stats) + unsafe.Offsetof(s.stats.sets); n > cacheLine {
		t.Errorf("the lock's line ends at byte %d", n)
	}
	if n := unsafe.Offsetof(s.index); n%cacheLine != 0 {
		t.Errorf("the index is at byte %d", n)
	}
	if n := unsafe.Offsetof(s.mem) + memory.ConstantBytes; n != unsafe.Offsetof(s.index)+cacheLine {
		t.Errorf("what Warm reads ends at byte %d", n)
	}
	if n := unsafe.Sizeof(s); n%cacheLine != 0 {
		t.Errorf("a shard has %d bytes", n)
	}
	if at := uintptr(unsafe.Pointer(&newTestCache(t, Options{MaxMemory: 64 << 20}).table.Load().shards[0])); at%cacheLine != 0 {
		t.Errorf("shards begin at %#x", at)
	}
}
