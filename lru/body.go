package lru

import (
	"bytes"
	"unsafe"
)

// An entry's body is its key followed by its value. A body that is too long for
// one slot is chained: the entry holds the first bytes and full chunks the rest,
// so that every allocation is small and none wastes more than its class does.

// shape is how a body is laid out.
type shape struct {
	class  uint8
	chunks int // full chunks behind the entry
}

// chunkData is the bytes of a body that a chunk holds.
func (s *Shard) chunkData() int { return int(s.chunkBytes) - chunkHead }

func (s *Shard) shape(klen, vlen int, expires bool) shape {
	fixed, n := headSize, klen+vlen
	if expires {
		fixed += 8
	}
	if fixed+n <= s.inlineMost() {
		return shape{class: s.table.of(fixed + n)}
	}
	c := s.chunkData()
	return shape{class: s.table.of(fixed + 4 + n%c), chunks: n / c}
}

// inlineMost is the most bytes that an entry in one slot has. The classes above
// it waste up to an eighth of a page and are for the first parts of chained
// entries alone.
func (s *Shard) inlineMost() int { return int(s.chunkBytes) }

// chained reports whether the body of h is laid out to go on in chunks, of which
// there may be none.
func (s *Shard) chained(h *header) bool { return h.fixed()+h.size() > s.inlineMost() }

// appendBody appends bytes [from, to) of the body to dst.
func (s *Shard) appendBody(dst []byte, off uint32, from, to int) []byte {
	h := s.entry(off)
	if !s.chained(h) {
		return append(dst, s.bytesAt(off, h.fixed()+from, to-from)...)
	}
	p := s.pieces(off, h)
	for ; from < to; p.advance(s) {
		p.expect(s)
		if from < p.end() {
			n := min(to, p.end()) - from
			dst = append(dst, s.bytesAt(p.off, p.skip+from-p.start, n)...)
			from += n
		}
	}
	return dst
}

// bodyEqual reports whether the body from byte from on begins with b.
// REQUIRES: the body has that many bytes.
func (s *Shard) bodyEqual(off uint32, from int, b []byte) bool {
	h := s.entry(off)
	if !s.chained(h) {
		return bytes.Equal(s.bytesAt(off, h.fixed()+from, len(b)), b)
	}
	p := s.pieces(off, h)
	for ; len(b) > 0; p.advance(s) {
		if from < p.end() {
			n := min(len(b), p.end()-from)
			if !bytes.Equal(s.bytesAt(p.off, p.skip+from-p.start, n), b[:n]) {
				return false
			}
			b, from = b[n:], from+n
		}
	}
	return true
}

// writeBody stores key and value in an entry whose header is written and whose
// chunks are linked.
func (s *Shard) writeBody(off uint32, key, value []byte) {
	h := s.entry(off)
	if !s.chained(h) {
		b := s.bytesAt(off, h.fixed(), h.size())
		copy(b[copy(b, key):], value)
		return
	}
	p := s.pieces(off, h)
	for ; len(key)+len(value) > 0; p.advance(s) {
		p.expect(s)
		b := s.bytesAt(p.off, p.skip, p.n)
		n := copy(b, key)
		key = key[n:]
		value = value[copyOut(b[n:], value):]
	}
}

// piece is one stretch of a chained body. A loop over pieces declares it outside:
// a new copy for each turn would be read back before what was just copied is out
// of the processor's store buffer.
type piece struct {
	off   uint32 // slot
	skip  int    // bytes of the slot before the data
	start int    // position of the data in the body
	n     int    // bytes of data
	next  uint32 // the chunk that follows
}

func (p *piece) end() int { return p.start + p.n }

// pieces begins at the part that stands in the entry itself.
func (s *Shard) pieces(off uint32, h *header) piece {
	return piece{off: off, skip: h.fixed() + 4, n: h.size() % s.chunkData(), next: *s.linkOf(off, h)}
}

// expect asks for the chunk that follows, so that its link is there when it is
// advanced to.
func (p *piece) expect(s *Shard) {
	if p.next != 0 {
		prefetchRead(unsafe.Pointer(s.chunkAt(p.next)))
	}
}

func (p *piece) advance(s *Shard) {
	p.start += p.n
	p.off, p.skip, p.n = p.next, chunkHead, s.chunkData()
	if p.off != 0 {
		p.next = s.chunkAt(p.off).next
	}
}

// chain allocates n chunks behind the entry at off and links them.
// REQUIRES: makeRoom granted them and the entry's header is written.
func (s *Shard) chain(off uint32, n int) {
	link, owner := s.linkOf(off, s.entry(off)), off
	for ; n > 0; n-- {
		c := s.alloc(s.table.chunk)
		*link = c
		s.chunkAt(c).owner = owner
		link, owner = &s.chunkAt(c).next, c
	}
	*link = 0
}

// unchain frees the chunks from c on.
func (s *Shard) unchain(c uint32) {
	for c != 0 {
		next := s.chunkAt(c).next
		s.free(c)
		c = next
	}
}
