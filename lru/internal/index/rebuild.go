package index

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/internal/region"
	"github.com/cespare/xxhash/v2"
)

// AppendState appends to dst what the index has beside the pages: the depth of the directory and its checksum.
func (x *Index) AppendState(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, x.depth)
	return binary.LittleEndian.AppendUint64(dst, x.sum())
}

// sum is the checksum of the directory.
func (x *Index) sum() uint64 {
	var d xxhash.Digest
	d.Reset()
	_, _ = d.Write(unsafe.Slice((*byte)(x.level), wordBytes<<x.depth))
	return d.Sum64()
}

// LoadState reads what AppendState wrote into x, which Keep has made lie in the file. It fails d if the
// depth is not the one that the Control shows, or the directory is another.
func (x *Index) LoadState(d *region.Decoder, m *memory.Memory, shown uint32) {
	depth, sum := d.Below(x.mostDepth()+1), d.U64()
	if depth != shown {
		d.Fail()
	}
	if d.Failed() {
		return
	}
	if x.load(m, depth); sum != x.sum() {
		d.Fail()
	}
}

func (x *Index) mostDepth() uint32 { return uint32(maxHashBits - x.shardBits) }

// load makes x use the directory of that depth in the file.
func (x *Index) load(m *memory.Memory, depth uint32) { x.set(m, x.place(depth), depth) }

// rebuild checks an index after the death of the process that had it.
type rebuild struct {
	x        *Index
	m        *memory.Memory
	b        *memory.Rebuild
	number   uint64   // of the shard: the first bits of all hashes
	overflow []uint16 // of each bucket of a segment
}

// Rebuild makes x, which Keep has made lie in the file, use the directory of that depth, after the death of the process that
// had it. It checks everything that the directory leads to, and notes all segments and entries in b. The error says what
// cannot be.
func (x *Index) Rebuild(m *memory.Memory, b *memory.Rebuild, number int, depth uint32) error {
	if depth > x.mostDepth() {
		return fmt.Errorf("a directory of depth %d", depth)
	}
	x.load(m, depth)
	if depth == 0 && *x.at(0) == 0 {
		return nil
	}
	r := &rebuild{x: x, m: m, b: b, number: uint64(number), overflow: make([]uint16, x.buckets)}
	for i := uint64(0); i < 1<<depth; {
		ref := *x.at(i)
		if ref.depth() > uint(depth) {
			return fmt.Errorf("directory: word %d has depth %d of %d", i, ref.depth(), depth)
		}
		span := uint64(1) << (uint(depth) - ref.depth())
		if i&(span-1) != 0 {
			return fmt.Errorf("directory: word %d does not begin its segment's", i)
		}
		for j := i; j < i+span; j++ {
			if *x.at(j) != ref {
				return fmt.Errorf("directory: word %d differs from word %d", j, i)
			}
		}
		if err := r.segment(ref, i>>(uint(depth)-ref.depth())); err != nil {
			return fmt.Errorf("directory: word %d: %w", i, err)
		}
		i += span
	}
	return nil
}

// segment checks the segment ref, whose entries' hashes have prefix behind the bits of the shard.
func (r *rebuild) segment(ref Segment, prefix uint64) error {
	if ref>>40 != 0 {
		return fmt.Errorf("%#x names no segment", uint64(ref))
	}
	off := ref.Offset()
	if err := r.b.Own(off, r.m.Classes().Segment); err != nil {
		return fmt.Errorf("segment: %w", err)
	}
	clear(r.overflow)
	r.x.expectEntries(r.m, off, 0)
	r.x.expectEntries(r.m, off, 1)
	count := uint64(0)
	for i := range r.x.buckets {
		r.x.expectEntries(r.m, off, i+2)
		b := bucketAt(r.m, off, i)
		for slot, e := range b.offs {
			if (b.tags[slot] == 0) != (e == 0) {
				return fmt.Errorf("segment at %d: tag and offset disagree in bucket %d", off, i)
			}
			if e == 0 {
				continue
			}
			count++
			if err := r.entry(ref, prefix, i, b.tags[slot], e); err != nil {
				return fmt.Errorf("segment at %d, bucket %d: %w", off, i, err)
			}
		}
	}
	for i := range r.x.buckets {
		if n := bucketAt(r.m, off, i).overflow; n != r.overflow[i] {
			return fmt.Errorf("segment at %d: bucket %d counts %d passers, has %d", off, i, n, r.overflow[i])
		}
	}
	meta := func(i uint32) uint64 { return uint64(bucketAt(r.m, off, i).meta) }
	if meta(0) != count || meta(1) != uint64(ref.depth()) || meta(2)<<16|meta(3) != prefix {
		return fmt.Errorf("segment at %d: its own data is wrong", off)
	}
	return nil
}

// entry checks the entry e of the segment ref, in bucket i, beside that tag.
func (r *rebuild) entry(ref Segment, prefix uint64, i uint32, tag uint8, e uint32) error {
	key, err := r.b.Entry(e)
	if err != nil {
		return err
	}
	h := Hash(r.x.seed, key)
	bits := uint(r.x.shardBits)
	if h>>(64-bits) != r.number || h<<bits>>(64-ref.depth()) != prefix || tagOf(h) != tag {
		return fmt.Errorf("the entry at %d does not belong there", e)
	}
	for j := r.x.home(h, ref.depth()); j != i; {
		r.overflow[j]++
		if j++; j == r.x.buckets {
			j = 0
		}
	}
	return nil
}

// Lose makes x, whose contents are lost, the index of an empty shard.
func (x *Index) Lose(m *memory.Memory) {
	x.load(m, 0)
	*x.at(0) = 0
}
