package index

import "github.com/cachegopher/cachegopher/lru/internal/memory"

// Check checks that the index has exactly these entries, whose hashes are given, each where a lookup finds it.
func (x *Index) Check(m *memory.Memory, a *memory.Audit, entries map[uint32]uint64) {
	found := 0
	depth := uint(x.depth)
	for i := uint64(0); i < 1<<depth; {
		ref := *x.at(i)
		span := uint64(1) << (depth - ref.depth())
		for j := i; j < i+span; j++ {
			if *x.at(j) != ref {
				a.Fail("directory slot %d differs from slot %d of the same segment", j, i)
			}
		}
		if ref.Offset() != 0 {
			a.Own(ref.Offset(), "segment")
			found += x.checkSegment(m, a, ref, i>>(depth-ref.depth()), entries)
		}
		i += span
	}
	if found != len(entries) {
		a.Fail("the index has %d entries, the list %d", found, len(entries))
	}
	for off, h := range entries {
		if got := x.Find(m, h, append([]byte(nil), m.Key(off)...)); got != off {
			a.Fail("lookup of entry %d finds %d", off, got)
		}
	}
}

func (x *Index) checkSegment(m *memory.Memory, a *memory.Audit, ref Segment, prefix uint64, entries map[uint32]uint64) (count int) {
	overflow := make([]uint16, x.buckets)
	for i := range x.buckets {
		b := bucketAt(m, ref.Offset(), i)
		for slot, off := range b.offs {
			if (b.tags[slot] == 0) != (off == 0) {
				a.Fail("segment %d: tag and offset disagree in bucket %d", ref.Offset(), i)
			}
			if off == 0 {
				continue
			}
			count++
			h, ok := entries[off]
			if !ok || b.tags[slot] != tagOf(h) {
				a.Fail("segment %d: bucket %d holds a stranger", ref.Offset(), i)
				continue
			}
			for j := x.home(h, ref.depth()); j != i; j = (j + 1) % x.buckets {
				overflow[j]++
			}
		}
	}
	for i := range x.buckets {
		if b := bucketAt(m, ref.Offset(), i); b.overflow != overflow[i] {
			a.Fail("segment %d: bucket %d counts %d passers, want %d", ref.Offset(), i, b.overflow, overflow[i])
		}
	}
	meta := func(i uint32) uint64 { return uint64(bucketAt(m, ref.Offset(), i).meta) }
	if meta(0) != uint64(count) || meta(1) != uint64(ref.depth()) || meta(2)<<16|meta(3) != prefix {
		a.Fail("segment %d: its own data is wrong", ref.Offset())
	}
	return count
}

// Depth is the binary logarithm of the directory's length.
func (x *Index) Depth() uint { return uint(x.depth) }

// SegmentEntries is how many entries a segment has when it is split.
func (x *Index) SegmentEntries() int { return int(x.full) }
