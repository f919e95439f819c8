//go:build unix && !race && !lruheap && !lruguard

package lru

import (
	"testing"
	"unsafe"
)

// TestCacheLines asks that what readers without the lock use and what a hit
// changes are a cache line each, in every shard.
func TestCacheLines(t *testing.T) {
	var s Shard
	if n := unsafe.Offsetof(s.mu); n != cacheLine {
		t.Errorf("the lock is at byte %d", n)
	}
	if n := unsafe.Offsetof(s.stats) + unsafe.Offsetof(s.stats.sets); n > 2*cacheLine {
		t.Errorf("the lock's line ends at byte %d", n)
	}
	if n := unsafe.Sizeof(s); n%cacheLine != 0 {
		t.Errorf("a shard has %d bytes", n)
	}
	if at := uintptr(unsafe.Pointer(&newTestCache(t, Options{MaxMemory: 64 << 20}).table.Load().shards[0])); at%cacheLine != 0 {
		t.Errorf("shards begin at %#x", at)
	}
}

// TestStepwiseMemory takes memory where the system does not let all of the range
// be accessible at once, as under vm.overcommit_memory 2.
func TestStepwiseMemory(t *testing.T) {
	m := memory{stepwise: true}
	if err := m.reserve(4*commitStep, maxPageShift-3); err != nil {
		t.Fatal(err)
	}
	const step = commitStep / unit
	for _, c := range []struct {
		end, ready uint32
		ok         bool
	}{{1, step, true}, {step, step, true}, {step + 1, 2 * step, true}, {4 * step, 4 * step, true}, {4*step + 1, 4 * step, false}} {
		if ok := m.commit(c.end); ok != c.ok || m.ready.Load() != c.ready {
			t.Fatalf("up to %d: %v, %d units are accessible, want %v, %d", c.end, ok, m.ready.Load(), c.ok, c.ready)
		}
		for off := uint32(0); off < m.ready.Load(); off += 512 {
			*(*uint64)(m.at(off)) = uint64(off)
		}
	}
	m.unmapper()()
}
