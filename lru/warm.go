package lru

import (
	"runtime"
	"unsafe"
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
func (c *Cache) Warm(hashes []uint64) {
	var (
		at      [MaxBatch]unsafe.Pointer
		near    [2 * MaxBatch]unsafe.Pointer
		off     [MaxBatch]uint32
		nothing bucket
	)
	t := c.table.Load()
	n := min(len(hashes), MaxBatch)
	hashes = hashes[:n]
	for i, h := range hashes {
		at[i] = unsafe.Pointer(&nothing)
		s := t.shard(h)
		d := s.dir.Load()
		ref := d.segs[d.slot(h, s.shardBits)]
		if o := ref.off(); s.mem.headReadable(o) {
			at[i] = unsafe.Pointer(s.bucketAt(o, s.home(h, ref.depth())))
		}
	}
	load(at[:n])
	for i, h := range hashes {
		o, ok := (*bucket)(at[i]).candidate(tagOf(h))
		at[i] = unsafe.Pointer(&nothing)
		if s := t.shard(h); ok && s.mem.headReadable(o) {
			off[i], at[i] = o, unsafe.Pointer(s.entry(o))
		}
	}
	load(at[:n])
	m := 0
	for i, h := range hashes {
		if off[i] == 0 {
			continue
		}
		e := (*header)(at[i])
		s := t.shard(h)
		if s.recent(e.stamp) {
			continue
		}
		if prev := e.prev; s.mem.headReadable(prev) {
			near[m] = unsafe.Pointer(s.entry(prev))
			m++
		}
		if next := e.next; s.mem.headReadable(next) {
			near[m] = unsafe.Pointer(s.entry(next))
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
func (c *Cache) Soon(h uint64) {
	prefetchWrite(unsafe.Pointer(&c.table.Load().shard(h).mu))
}

// WarmInserts asks for what Put reads beside what Warm loads when the keys of these hashes are new: for those who
// fill a cache.
//
//go:norace
func (c *Cache) WarmInserts(hashes []uint64) {
	t := c.table.Load()
	for _, h := range hashes {
		s := t.shard(h)
		d := s.dir.Load()
		if o := d.segs[d.slot(h, s.shardBits)].off(); s.mem.headReadable(o) {
			prefetchWrite(unsafe.Pointer(s.bucketAt(o, 0))) // has the number of the segment's entries
		}
	}
	runtime.KeepAlive(t)
}

// expectEntries asks for the entries of bucket b of the segment at seg, if it has such a bucket. Who goes through
// the index meets entries in the order of their hashes, which is no order in memory, and would otherwise wait for
// each in turn. REQUIRES: the shard is locked.
func (s *Shard) expectEntries(seg, b uint32) {
	if b >= s.buckets {
		return
	}
	bk := s.bucketAt(seg, b)
	for slot, off := range bk.offs {
		if bk.tags[slot] != 0 {
			prefetchRead(unsafe.Pointer(s.entry(off)))
		}
	}
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

// candidate returns the offset beside the first tag that matches.
//
//go:norace
func (b *bucket) candidate(tag uint8) (off uint32, ok bool) {
	if m := b.match(tag); m != 0 {
		off = b.offs[m.slot()]
	}
	return off, off != 0
}

// consume keeps the compiler from dropping the loads that made up x.
//
//go:noinline
func consume(uint64) {}
