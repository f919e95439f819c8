// Package region lays out the file that holds one table of the store: a memfd, or a file on tmpfs. Everything that must
// outlive the process, or that local readers read, lies in it. The file is sparse, and has its final size from the
// start, so that it can be sealed and no reader ever meets its end.
//
//	header       one page: see Header
//	controls     one for each shard: see Control
//	classes      for each shard a byte for each of its pages: the page's size class plus one, 0 if it holds nothing
//	directories  for each depth d of an index those of all shards, 1<<d words each: shard i of n has those from (n+i)<<d on
//	arenas       for each shard its pages
//	state        what a clean stop writes: see Header.StateLen
//
// All offsets follow from the Geometry alone. What lies in classes and arenas is defined by package memory, in
// directories and segments by package index, and in the state by package lru.
package region

import (
	"math/bits"
	"unsafe"
)

// Version is the version of the layout. It must change with whatever a process of another version would read otherwise:
// this package's structs and offsets, and what packages memory, index and order keep in a file: slots, headers of entries
// and chunks, size classes, buckets, segments, the hash, tags, stamps; and the encoding of the state. TestVersion of
// package lru fails if one of these changes and Version does not.
const Version = 4

// HashBits is the most bits of a hash that choose the shard and the segment together: it bounds the directories.
const HashBits = 24

// align is the distance of which all parts begin at a multiple: a multiple of every system's page size.
const align = 64 << 10

// extraState is the room for the state beside the page descriptors: for what the cache's owner adds.
const extraState = 4 << 30

// pageState is the room in the state for each page.
const pageState = 32

// Geometry is what a file's layout follows from.
type Geometry struct {
	Shards    int   // a power of two
	PageShift uint  // log2 of a page's bytes
	Reserve   int64 // bytes of a shard's arena, a multiple of 2 MB
}

// limits of a Geometry that Open accepts.
const (
	maxShards    = 1024
	minPageShift = 12
	maxPageShift = 16
	arenaStep    = 2 << 20
	maxReserve   = (1<<32 - 1) * 8 &^ (arenaStep - 1)
)

func (g Geometry) valid() bool {
	return g.Shards > 0 && g.Shards <= maxShards && g.Shards&(g.Shards-1) == 0 &&
		g.PageShift >= minPageShift && g.PageShift <= maxPageShift &&
		g.Reserve > 0 && g.Reserve <= maxReserve && g.Reserve%arenaStep == 0
}

// ShardBits is how many bits of a hash choose the shard.
func (g Geometry) ShardBits() uint { return uint(bits.TrailingZeros(uint(g.Shards))) }

// Pages is the number of pages of a shard's arena.
func (g Geometry) Pages() int64 { return g.Reserve >> g.PageShift }

// DirectoryWords is the length of all directories together.
func (g Geometry) DirectoryWords() int64 { return 2 << HashBits }

// DirectoryAt is the word of all directories at which that of a shard begins while it has that depth. Those of shards with
// about equally many entries lie side by side: if each shard had pages of its own for them, short ones would compete for
// the same lines in the processor's caches, and for its table of pages, which made lookups a third slower.
func (g Geometry) DirectoryAt(shard int, depth uint) int64 { return int64(g.Shards+shard) << depth }

func up(n int64) int64 { return (n + align - 1) &^ (align - 1) }

// The functions below return offsets in the file, in bytes.

// ControlAt is where the control of a shard lies.
func (g Geometry) ControlAt(shard int) int64 { return align + int64(shard)*controlStride }

func (g Geometry) classesAt() int64     { return align + up(int64(g.Shards)*controlStride) }
func (g Geometry) classesStride() int64 { return up(g.Pages()) }

// ClassesAt is where the classes of a shard's pages lie: Pages bytes.
func (g Geometry) ClassesAt(shard int) int64 { return g.classesAt() + int64(shard)*g.classesStride() }

// DirectoriesAt is where the directories lie: DirectoryWords words of 8 bytes.
func (g Geometry) DirectoriesAt() int64 { return g.ClassesAt(g.Shards) }

// ArenaAt is where the arena of a shard lies: Reserve bytes.
func (g Geometry) ArenaAt(shard int) int64 {
	first := (g.DirectoriesAt() + g.DirectoryWords()*8 + arenaStep - 1) &^ (arenaStep - 1)
	return first + int64(shard)*g.Reserve
}

// StateAt is where the state lies: StateRoom bytes.
func (g Geometry) StateAt() int64 { return g.ArenaAt(g.Shards) }

// StateRoom is the most bytes that a state may have.
func (g Geometry) StateRoom() int64 { return up(int64(g.Shards)*g.Pages()*pageState + extraState) }

// Size is the size of the file.
func (g Geometry) Size() int64 { return g.StateAt() + g.StateRoom() }

// Region is one mapping of a file. The parts of a shard alias the mapping: nobody may use them after Unmap.
type Region struct {
	Geometry
	b []byte
}

// Header is the file's header.
func (r *Region) Header() *Header { return (*Header)(unsafe.Pointer(&r.b[0])) }

// Control is the control of a shard.
func (r *Region) Control(shard int) *Control {
	return (*Control)(unsafe.Pointer(&r.b[r.ControlAt(shard)]))
}

// Classes has the class of each of a shard's pages, plus one; 0: it holds nothing.
func (r *Region) Classes(shard int) []byte { return r.part(r.ClassesAt(shard), r.Pages()) }

// Directories has the directories of all shards: see DirectoryAt.
func (r *Region) Directories() []uint64 {
	b := r.part(r.DirectoriesAt(), r.DirectoryWords()*8)
	return unsafe.Slice((*uint64)(unsafe.Pointer(&b[0])), r.DirectoryWords())
}

// Directory is the directory of a shard while it has that depth.
func (r *Region) Directory(shard int, depth uint) []uint64 {
	at := r.DirectoryAt(shard, depth)
	return r.Directories()[at : at+1<<depth]
}

// Arena has the pages of a shard.
func (r *Region) Arena(shard int) []byte { return r.part(r.ArenaAt(shard), r.Reserve) }

// State is the room for the state.
func (r *Region) State() []byte { return r.part(r.StateAt(), r.StateRoom()) }

// part is n bytes at the offset at.
func (r *Region) part(at, n int64) []byte { return r.b[at : at+n : at+n] }
