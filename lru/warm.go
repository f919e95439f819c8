package lru

import (
	"runtime"
	"unsafe"

	"github.com/cachegopher/cachegopher/lru/internal/index"
	"github.com/cachegopher/cachegopher/lru/internal/memory"
)

// Warm prefetches what operations on the keys of these hashes will need, in three loops: the buckets of the index; the
// entries; and what follows from these: the rest of an entry and the neighbours that a hit would change, or, for a key
// that is not there, what storing it would change. The loads of each loop are independent, so their cache misses overlap;
// executed one by one, each operation would wait for its own. At most MaxBatch hashes are looked at.
//
// It takes no lock. What it reads may be changing or stale, even bytes of some value, so it uses that only to load from
// addresses that Memory.Readable allows, which stay mapped as long as the table is referenced. The race detector is told
// to look away; aligned words do not tear.
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
		s := t.shard(h)
		s.order.Expect(h, off[i] == 0)
		if off[i] == 0 {
			s.index.ExpectInsert(&s.mem, h)
			continue
		}
		e := (*memory.Header)(at[i])
		s.mem.ExpectBody(off[i], e)
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

// SoonAhead is how many operations before the use of a key Soon should be called: enough for the cache line to arrive,
// few enough that another processor does not take it again.
const SoonAhead = 4

// Soon prefetches the lock of the shard that owns h, and what a change writes to its file's control, while the caller does
// something else. Warm cannot do that: of what it loaded a whole batch before, other loops have often taken some again.
func (c Shards) Soon(h uint64) {
	t := c.table.Load()
	i := h >> t.shardShift
	s := &t.shards[i]
	control := unsafe.Pointer(s)
	if t.file != nil {
		control = unsafe.Pointer(t.file.region.Control(int(i)))
	}
	prefetchLock(s, control)
}

// load reads a word at each address and does nothing else, so that as many reads overlap as the processor allows.
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
