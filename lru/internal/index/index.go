// Package index finds the entries of one shard by their keys. It is an extendible hash table (Fagin et al. 1979): a
// directory of segments, each a small open-addressing table of its own. A full segment is split in two, so that no
// insert ever waits for more than one segment's worth of entries, however large the shard is. A segment's buckets lie
// in the order of the hash, which gives walks a cursor that survives splits.
//
// Of a hash, the top bits choose the shard, the next ones the segment, the next 32 the bucket within the segment, and
// the lowest eight make the tag.
//
// It keeps its segments in slots of package memory, reads the keys of entries there, and knows nothing else of them.
package index

import (
	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/internal/region"
)

// Index is the index of one shard. Its methods require the shard's lock, except those that say otherwise, and the
// memory that the first call was given. Where they take a hash it must be Hash of the key.
type Index struct {
	directory
	seed    uint64 // of Hash
	buckets uint32 // of a segment
	full    uint16 // entries at which a segment is split
	granted uint8  // the depth that the directory may have for any entries
}

// Segment names a segment: its offset and, in the low 8 bits, how many hash bits all of its entries share; offset 0: not
// allocated yet.
type Segment uint64

func makeSegment(off uint32, depth uint) Segment { return Segment(off)<<8 | Segment(depth) }

// Exists reports whether the segment exists.
func (r Segment) Exists() bool { return r.Offset() != 0 }

// Offset is the segment's offset, 0 if it does not exist.
func (r Segment) Offset() uint32 { return uint32(r >> 8) }
func (r Segment) depth() uint    { return uint(r & 0xff) }

// maxHashBits bounds how many bits of a hash shard and segment take together, whatever hashes arrive; a cursor has bits
// to spare for them and the bucket.
const maxHashBits = region.HashBits

// Init makes x the empty index of the shard with this number, whose hashes begin with shardBits bits that are the same
// for all.
func (x *Index) Init(seed uint64, pageBytes int64, shardBits uint, number int) {
	x.seed = seed
	x.buckets = segmentBuckets(uint32(pageBytes), number)
	x.full = uint16(x.buckets * bucketSlots * fullPercent / 100)
	x.granted = leastDepth
	x.directory.init(shardBits)
}

// Reset forgets all segments.
func (x *Index) Reset(m *memory.Memory) {
	m.MustChange()
	x.directory.reset(m)
}

// SegmentBytes is the size of a segment.
func (x *Index) SegmentBytes() uint32 { return x.buckets * bucketSize }

// DirectoryBytes is the size of the directory, which lies beside the pages.
func (x *Index) DirectoryBytes() int64 { return wordBytes << x.depth }

// fullPercent is the part of a segment's slots in use at which it is split. It is half of that after a split. At 92, averaged
// over all fillings, 4 of 100 lookups that find their key look at one bucket more, and an entry takes 8.4 bytes; at 85, 2 and
// 9.1; at 97, 6 and 8.0, but every second lookup that finds nothing looks at another bucket.
const fullPercent = 92

// EntryBytes is about how many bytes of the index an entry takes.
const EntryBytes = bucketSize * 100 / (bucketSlots * 85)

// segmentBuckets is the number of buckets of the segments of a shard. Shards take different sizes, so that their
// segments fill up, and the index doubles, at different times: the memory of the whole index grows evenly.
func segmentBuckets(pageBytes uint32, shard int) uint32 {
	most := pageBytes / bucketSize
	// 16 to 31 buckets in even steps of the logarithm, as many as fit a page evenly.
	steps := [...]uint32{16, 23, 19, 27, 17, 25, 21, 29}
	perPage := most / steps[shard%len(steps)]
	return most / perPage
}

func tagOf(h uint64) uint8 { return uint8((h&0xff)*254>>8) + 1 }

// home is the bucket where an entry of hash h belongs in a segment of this depth.
func (x *Index) home(h uint64, depth uint) uint32 {
	frac := h << (uint(x.shardBits) + depth) >> 32
	return uint32(frac * uint64(x.buckets) >> 32)
}

// Segment is the segment of hash h, until the index next changes.
func (x *Index) Segment(h uint64) Segment { return x.of(h) }

// Find returns the offset of the entry of key, 0 if there is none.
func (x *Index) Find(m *memory.Memory, h uint64, key []byte) uint32 {
	ref := x.Segment(h)
	if ref.Offset() == 0 {
		return 0
	}
	i, tag := x.home(h, ref.depth()), tagOf(h)
	for n := x.buckets; n > 0; n-- {
		b := bucketAt(m, ref.Offset(), i)
		for s := b.match(tag); s != 0; s = s.rest() {
			// Beside an unused tag the offset is 0.
			if off := b.offs[s.slot()]; off != 0 && m.KeyIs(off, key) {
				return off
			}
		}
		if b.overflow == 0 {
			return 0
		}
		if i++; i == x.buckets {
			i = 0
		}
	}
	return 0
}

// locate returns the bucket and the slot that hold the offset off. REQUIRES: off is in the segment, under the hash h.
func (x *Index) locate(m *memory.Memory, ref Segment, h uint64, off uint32) (i uint32, slot int) {
	i = x.home(h, ref.depth())
	for n := x.buckets; n > 0; n-- {
		b := bucketAt(m, ref.Offset(), i)
		for slot := range b.offs {
			if b.offs[slot] == off {
				return i, slot
			}
		}
		if i++; i == x.buckets {
			i = 0
		}
	}
	panic("lru: entry is not in the index")
}

// Insert indexes off, which is not in the index, under h in the segment of h. REQUIRES: SegmentsNeeded is 0 for it.
func (x *Index) Insert(m *memory.Memory, ref Segment, h uint64, off uint32) {
	m.MustChange()
	bucketAt(m, ref.Offset(), 0).meta++
	i := x.home(h, ref.depth())
	for {
		b := bucketAt(m, ref.Offset(), i)
		if slot := b.empty(); slot >= 0 {
			b.tags[slot], b.offs[slot] = tagOf(h), off
			return
		}
		b.overflow++
		if i++; i == x.buckets {
			i = 0
		}
	}
}

// Remove takes off, which is indexed under h, out of the index, and merges its segment with its buddy when both have
// become nearly empty.
func (x *Index) Remove(m *memory.Memory, h uint64, off uint32) {
	m.MustChange()
	ref := x.Segment(h)
	for i := x.home(h, ref.depth()); ; {
		b := bucketAt(m, ref.Offset(), i)
		for slot := range b.offs {
			if b.offs[slot] == off {
				b.tags[slot], b.offs[slot] = 0, 0
				count := &bucketAt(m, ref.Offset(), 0).meta
				*count--
				if *count < x.full/4 && *count%8 == 0 {
					x.merge(m, h, ref)
				}
				return
			}
		}
		b.overflow--
		if i++; i == x.buckets {
			i = 0
		}
	}
}

// MovedEntry makes the index refer to the entry at to in place of its former offset from.
func (x *Index) MovedEntry(m *memory.Memory, from, to uint32) {
	h := x.HashOf(m, to)
	ref := x.Segment(h)
	i, slot := x.locate(m, ref, h, from)
	m.MustChange()
	bucketAt(m, ref.Offset(), i).offs[slot] = to
}

// HashOf recomputes the hash of an entry's key.
func (x *Index) HashOf(m *memory.Memory, off uint32) uint64 {
	if key := m.SlotKey(off, m.Entry(off)); key != nil { // as Key does, but inlined
		return Hash(x.seed, key)
	}
	return Hash(x.seed, m.Key(off))
}
