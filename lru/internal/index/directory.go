package index

import (
	"os"
	"sync/atomic"
	"unsafe"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/internal/region"
)

// directory names the segments: 1<<depth words, each a Segment. It grows by doubling. In a file, each depth has its own
// place, which region.DirectoryAt tells; otherwise a directory lies on the Go heap.
//
// Whoever reads it without the lock may meet the words of one depth with the length of another. It reads the depth
// first. On the heap, where that might lead outside, a smaller depth keeps the place of the larger one, and a larger one
// has its place published before it.
type directory struct {
	level unsafe.Pointer // the first word
	depth uint32         // log2 of the number of words
	row   uint16         // in a file: that of depth 0 is word row of all directories, which is never 0; on the heap 0
	room  uint8          // on the heap: log2 of the number of words that level has

	shardBits uint8 // hash bits that choose the shard: a directory begins behind them
}

const wordBytes = 8

// init makes d the directory of an empty index, on the heap.
func (d *directory) init(shardBits uint) {
	*d = directory{level: unsafe.Pointer(new(Segment)), shardBits: uint8(shardBits)}
}

// Keep makes the directories of x, the empty index of the shard of this number, lie in a file: a new one, which has zeros, or
// one of an earlier process, for LoadState or Rebuild. The word of depth 0 can be written.
func (x *Index) Keep(r *region.Region, number int) {
	x.row = uint16(r.DirectoryAt(number, 0))
	x.level = unsafe.Pointer(&r.Directory(number, 0)[0])
}

func (d *directory) kept() bool { return d.row != 0 }

// at is word i.
func (d *directory) at(i uint64) *Segment {
	return (*Segment)(unsafe.Add(d.level, i*wordBytes))
}

// of is the word for the hash h.
func (d *directory) of(h uint64) Segment {
	return *d.at(h << d.shardBits >> (64 - d.depth))
}

// ahead is of without the lock.
//
//go:norace
func (d *directory) ahead(h uint64) Segment {
	depth := atomic.LoadUint32(&d.depth)
	level := atomic.LoadPointer(&d.level)
	return *(*Segment)(unsafe.Add(level, h<<d.shardBits>>(64-depth)*wordBytes))
}

// set makes level the place of the directory of that depth.
func (d *directory) set(m *memory.Memory, level unsafe.Pointer, depth uint32) {
	atomic.StorePointer(&d.level, level)
	atomic.StoreUint32(&d.depth, depth)
	m.ShowDepth(depth)
}

// reset makes the directory that of an empty index.
func (d *directory) reset(m *memory.Memory) {
	level, depth := d.level, d.depth
	if d.kept() {
		level = d.place(0)
		d.giveBack(depth)
	}
	*(*Segment)(level) = 0
	d.set(m, level, 0)
}

// double makes the directory twice as long. It reports false, and changes nothing, if the file has no room for it.
func (d *directory) double(m *memory.Memory) bool {
	m.MustChange()
	depth := d.depth + 1
	var level unsafe.Pointer
	if d.kept() {
		if level = d.place(depth); !memory.Secure(words(level, depth)) {
			return false
		}
	} else if level = d.level; uint8(depth) > d.room {
		d.room = uint8(depth)
		level = unsafe.Pointer(unsafe.SliceData(make([]Segment, 1<<depth)))
	}
	for i := uint64(1) << depth; i > 0; i -= 2 { // backwards: the two may have the same place
		ref := *d.at(i/2 - 1)
		to := unsafe.Add(level, (i-2)*wordBytes)
		*(*[2]Segment)(to) = [2]Segment{ref, ref}
	}
	d.set(m, level, depth)
	if d.kept() {
		d.giveBack(depth - 1)
	}
	return true
}

// place is where the directory of that depth lies in the file.
func (d *directory) place(depth uint32) unsafe.Pointer {
	row := wordBytes * int(d.row)
	return unsafe.Add(d.level, row<<depth-row<<d.depth)
}

// giveBack gives the memory of the directory of that depth back to the system, apart from pages that it has a part of.
func (d *directory) giveBack(depth uint32) {
	page, level := os.Getpagesize(), d.place(depth)
	skip := -int(uintptr(level)) & (page - 1)
	if n := (wordBytes<<depth - skip) &^ (page - 1); n > 0 {
		memory.GiveBack(unsafe.Slice((*byte)(unsafe.Add(level, skip)), n))
	}
}

// words are the bytes of a directory of that depth, from the beginning of a page on.
func words(level unsafe.Pointer, depth uint32) []byte {
	before := uintptr(level) % uintptr(os.Getpagesize())
	return unsafe.Slice((*byte)(unsafe.Add(level, -int(before))), wordBytes<<depth+int(before))
}
