package lru

import (
	"runtime"
	"unsafe"

	"github.com/cachegopher/cachegopher/lru/internal/index"
	"github.com/cachegopher/cachegopher/lru/internal/memory"
)

// Warm loads what operations on the keys of these hashes will need into the
// processor's cache: index buckets first, then entries, then the entries' LRU
// neighbours. Within each of these loops the loads do not depend on each other,
// so that their cache misses overlap; executed one by one, each operation would
// wait for its own. At most MaxBatch hashes are looked at.
//
// It takes no lock. What it reads may be changing or stale, even bytes of some
// value, so it never acts on it but by loading an address within the shard's
// mapped memory, which stays mapped as long as somebody holds the table: see memory.headReadable, which
// refuses no entry, since the smallest slot is longer than a header, and no
// segment: all of its page is mapped. The race detector is told to look away;
// aligned words do not tear.
//
//go:norace
func (c Shards) Warm(hashes []uint64) {
	var (
		at      [MaxBatch]unsafe.Pointer
		near    [2 * MaxBatch]unsafe.Pointer
		off     [MaxBatch]uint32
		nothing index.Bucket
	)
	t := c.table.Load()
	n := min(len(hashes), MaxBatch)
	hashes = hashes[:n]
	for i, h := range hashes {
		at[i] = unsafe.Pointer(&nothing)
		s := t.shard(h)
		if ref := s.index.SegmentAhead(h); s.mem.Readable(ref.Offset()) {
			at[i] = unsafe.Pointer(s.index.Home(&s.mem, ref, h))
		}
	}
	load(at[:n])
	for i, h := range hashes {
		o := (*index.Bucket)(at[i]).Candidate(h)
		at[i] = unsafe.Pointer(&nothing)
		if s := t.shard(h); s.mem.Readable(o) {
			off[i], at[i] = o, unsafe.Pointer(s.mem.Entry(o))
		}
	}
	load(at[:n])
	m := 0
	for i, h := range hashes {
		if off[i] == 0 {
			continue
		}
		e := (*memory.Header)(at[i])
		s := t.shard(h)
		if !s.order.HitMoves(e) {
			continue
		}
		if prev := e.Prev; s.mem.Readable(prev) {
			near[m] = unsafe.Pointer(s.mem.Entry(prev))
			m++
		}
		if next := e.Next; s.mem.Readable(next) {
			near[m] = unsafe.Pointer(s.mem.Entry(next))
			m++
		}
	}
	load(near[:m])
	runtime.KeepAlive(t)
}

// SoonAhead is how many operations before a key is used Soon should be called:
// enough for the line to come, few enough that it is not taken away again.
const SoonAhead = 4

// Soon asks for the lock of the shard that owns h to be brought to this processor
// while the caller does something else first. Warm cannot do that: other loops
// have often taken back what it brought a whole batch before.
func (c Shards) Soon(h uint64) {
	prefetchLock(c.table.Load().shard(h))
}

// WarmInserts asks for what Put reads beside what Warm loads when the keys of these hashes are new: for those who
// fill a cache.
//
//go:norace
func (c Shards) WarmInserts(hashes []uint64) {
	t := c.table.Load()
	for _, h := range hashes {
		s := t.shard(h)
		s.index.ExpectInsert(&s.mem, h)
	}
	runtime.KeepAlive(t)
}

// load reads a word at each address. It does nothing else, so that as many of the
// reads as the processor can have under way are.
//
//go:norace
//go:noinline
func load(at []unsafe.Pointer) {
	var sum uint64
	for _, p := range at {
		sum += *(*uint64)(p)
	}
	consume(sum)
}

// consume keeps the compiler from dropping the loads that made up x.
//
//go:noinline
func consume(uint64) {}
