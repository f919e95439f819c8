package lru

import "unsafe"

// Warm loads what operations on the keys of these hashes will need into the
// processor's cache: index buckets first, then entries, then the entries' LRU
// neighbours. Within each of these loops the loads do not depend on each other,
// so that their cache misses overlap; executed one by one, each operation would
// wait for its own. At most MaxBatch hashes are looked at.
//
// It takes no lock. What it reads may be changing or stale, so it never acts on
// it but by loading an address within the shard's mapped memory, which stays
// mapped until Close. The race detector is told to look away; aligned words do
// not tear.
//
//go:norace
func (c *Cache) Warm(hashes []uint64) {
	var (
		buckets [MaxBatch]*bucket
		entries [MaxBatch]*header
		sum     uint64
	)
	n := min(len(hashes), MaxBatch)
	for i, h := range hashes[:n] {
		s := &c.shards[h>>c.shardShift]
		d := s.dir.Load()
		ref := d.segs[d.slot(h, s.shardBits)]
		if off := ref.off(); off != 0 && off < s.mem.ready.Load() {
			b := s.bucketAt(off, s.home(h, ref.depth()))
			buckets[i] = b
			sum += *(*uint64)(unsafe.Pointer(b))
		}
	}
	for i, h := range hashes[:n] {
		b := buckets[i]
		if b == nil {
			continue
		}
		off, ok := b.candidate(tagOf(h))
		if s := &c.shards[h>>c.shardShift]; ok && off < s.mem.ready.Load() {
			entries[i] = s.entry(off)
			sum += uint64(entries[i].stamp)
		}
	}
	for i, h := range hashes[:n] {
		e := entries[i]
		if e == nil {
			continue
		}
		s := &c.shards[h>>c.shardShift]
		if s.recent(e.stamp) {
			continue
		}
		ready := s.mem.ready.Load()
		if prev := e.prev; prev != 0 && prev < ready {
			sum += uint64(s.entry(prev).next)
		}
		if next := e.next; next != 0 && next < ready {
			sum += uint64(s.entry(next).prev)
		}
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
