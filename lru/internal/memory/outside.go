package memory

import (
	"encoding/binary"
	"sync/atomic"
	"unsafe"
)

// Outside is a shard's arena as another process reads it, without the shard's lock. What it reads may be changing or stale,
// even bytes of some value, so every offset and length is checked against the arena before it is followed, and no loop is
// longer than the longest entry. Whether the result is worth anything, the caller must find out. It works on processors
// that are little endian and load unaligned words.
type Outside struct {
	base       unsafe.Pointer
	bytes      uint64
	chunkBytes uint64
}

// NewOutside returns the arena, which must be mapped as long as it is used. classes are those of its pages.
func NewOutside(arena []byte, classes *Classes) Outside {
	return Outside{unsafe.Pointer(unsafe.SliceData(arena)), uint64(len(arena)), uint64(classes.chunkBytes)}
}

// Has reports whether n bytes from the offset off, in units, lie in the arena.
func (o *Outside) Has(off uint32, n uint64) bool { return uint64(off)*unit+n <= o.bytes }

// Expect asks the processor to load the entry at off, without waiting for it. REQUIRES: Has(off, 1).
func (o *Outside) Expect(off uint32) { prefetchRead(unsafe.Add(o.base, uint64(off)*unit)) }

// Word is the word at byte n of the slot at off. REQUIRES: Has(off, n+8).
func (o *Outside) Word(off uint32, n uint64) uint64 { return o.word(uint64(off)*unit + n) }

// word is the word at the byte at, which need not be aligned.
func (o *Outside) word(at uint64) uint64 { return atomic.LoadUint64((*uint64)(unsafe.Add(o.base, at))) }

// half is the half of a word at the byte at.
func (o *Outside) half(at uint64) uint32 { return atomic.LoadUint32((*uint32)(unsafe.Add(o.base, at))) }

// Outline is what the header of an entry says, if it is one.
type Outline struct {
	Expiry   int64 // milliseconds since the epoch; 0: never
	at       uint64
	fixed    uint64 // bytes before the key, or before the link of a chained entry
	klen     uint64
	vlen     uint64
	chained  bool
	inFirst  uint64 // bytes of the body beside the header
	dataSkip uint64 // where they begin
}

// ValueLen is the length of the value in bytes.
func (e *Outline) ValueLen() int { return int(e.vlen) }

// Outline reads the header at off into e. It returns false if no entry can be there whose key has klen bytes.
func (o *Outside) Outline(e *Outline, off uint32, klen int) bool {
	if !o.Has(off, HeadSize+unit) { // the shortest slot; an expiry ends there too
		return false
	}
	e.at = uint64(off) * unit
	head := o.word(e.at + 8)
	e.klen, e.vlen = head>>32&0xffff+1, head>>48
	if e.klen != uint64(klen) {
		return false
	}
	e.fixed, e.Expiry = HeadSize, 0
	if head&hasExpiry != 0 {
		e.fixed += 8
		e.Expiry = int64(o.word(e.at + HeadSize))
	}
	size := e.klen + e.vlen
	e.inFirst, e.dataSkip = size, e.fixed
	if e.chained = e.fixed+size > o.chunkBytes; e.chained {
		e.inFirst, e.dataSkip = size%(o.chunkBytes-chunkHead), e.fixed+4
	}
	return e.at+e.dataSkip+e.inFirst <= o.bytes
}

// KeyIs reports whether the entry's key is key, which has the length that Outline was given.
func (o *Outside) KeyIs(e *Outline, key []byte) bool {
	if !e.chained {
		return o.equal(e.at+e.fixed, key)
	}
	var p walk
	for p.begin(o, e); len(key) > 0; {
		n := min(uint64(len(key)), p.n)
		if !o.equal(p.at, key[:n]) {
			return false
		}
		key = key[n:]
		if len(key) > 0 && !p.next(o) {
			return false
		}
	}
	return true
}

// AppendValue appends the entry's value to dst, which must have room for it. ok is false if the entry contradicts itself.
func (o *Outside) AppendValue(dst []byte, e *Outline) (value []byte, ok bool) {
	value = dst[:len(dst)+int(e.vlen)]
	to := value[len(dst):]
	if !e.chained {
		o.copy(to, e.at+e.fixed+e.klen)
		return value, true
	}
	var p walk
	skip := e.klen
	for p.begin(o, e); len(to) > 0; {
		if skip < p.n {
			n := min(p.n-skip, uint64(len(to)))
			o.copy(to[:n], p.at+skip)
			to, skip = to[n:], 0
		} else {
			skip -= p.n
		}
		if len(to) > 0 && !p.next(o) {
			return dst, false
		}
	}
	return value, true
}

// walk is the piece of a chained body at which a walk over it is: n bytes at the byte at.
type walk struct {
	at, n uint64
	link  uint32 // the chunk that follows, 0 at the end
	left  uint64 // bytes of the body behind this piece
}

func (p *walk) begin(o *Outside, e *Outline) {
	p.at, p.n, p.link = e.at+e.dataSkip, e.inFirst, o.half(e.at+e.fixed)
	p.left = e.klen + e.vlen - e.inFirst
}

// next goes on to the next chunk. It reports false where there cannot be one. Each chunk takes from left, so it ends.
func (p *walk) next(o *Outside) bool {
	if p.link == 0 || p.left == 0 || !o.Has(p.link, o.chunkBytes) {
		return false
	}
	at := uint64(p.link) * unit
	p.at, p.n = at+chunkHead, min(o.chunkBytes-chunkHead, p.left)
	p.left -= p.n
	p.link = o.half(at + 4)
	return true
}

// equal reports whether b lies at the byte at. REQUIRES: that many bytes lie in the arena.
func (o *Outside) equal(at uint64, b []byte) bool {
	for ; len(b) >= 8; b, at = b[8:], at+8 {
		if o.word(at) != binary.LittleEndian.Uint64(b) {
			return false
		}
	}
	if len(b) == 0 {
		return true
	}
	var tail [8]byte
	o.copyTail(&tail, at, len(b))
	for i := range b {
		if tail[i] != b[i] {
			return false
		}
	}
	return true
}

// copy copies what lies at the byte at to b. REQUIRES: as equal.
func (o *Outside) copy(b []byte, at uint64) {
	for ; len(b) >= 8; b, at = b[8:], at+8 {
		binary.LittleEndian.PutUint64(b, o.word(at))
	}
	if len(b) > 0 {
		var tail [8]byte
		o.copyTail(&tail, at, len(b))
		copy(b, tail[:])
	}
}

// copyTail copies the n bytes at the byte at, less than 8, by loads of the aligned words that they lie in.
func (o *Outside) copyTail(to *[8]byte, at uint64, n int) {
	shift := at % 8 * 8
	w := o.word(at-at%8) >> shift
	if at%8+uint64(n) > 8 {
		w |= o.word(at-at%8+8) << (64 - shift)
	}
	binary.LittleEndian.PutUint64(to[:], w)
}
