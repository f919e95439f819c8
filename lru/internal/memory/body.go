package memory

import "bytes"

// An entry's body is its key followed by its value. A body that is too long for
// one slot is chained: the entry holds the first bytes and full chunks the rest,
// so that all allocations are small and chunks waste nothing.

// Shape is how a body is laid out: the class of the entry in the low 8 bits, and above them the number of full chunks,
// which is less than 256 for the longest body in the smallest chunks.
type Shape uint16

func newShape(class uint8, chunks int) Shape { return Shape(class) | Shape(chunks)<<8 }
func (sh Shape) class() uint8                { return uint8(sh) }
func (sh Shape) chunks() int                 { return int(sh >> 8) }

// chunkData is the bytes of a body that a chunk holds.
func (m *Memory) chunkData() int { return int(m.chunkBytes) - chunkHead }

// Shape is the shape of an entry with these lengths, with or without an expiry.
func (m *Memory) Shape(klen, vlen int, expires bool) Shape {
	fixed, n := HeadSize, klen+vlen
	if expires {
		fixed += 8
	}
	if fixed+n <= m.inlineMost() {
		return newShape(m.table.of(fixed+n), 0)
	}
	c := m.chunkData()
	return newShape(m.table.of(fixed+4+n%c), n/c)
}

// inlineMost is the largest size of an entry that is not chained. Larger classes waste up to an eighth of a page; only
// the first parts of chained entries use them.
func (m *Memory) inlineMost() int { return int(m.chunkBytes) }

// Chained reports whether the body of an entry continues in chunks, possibly zero of them.
func (m *Memory) Chained(h *Header) bool { return h.fixed()+h.Size() > m.inlineMost() }

// Append appends bytes [from, to) of the body to dst.
func (m *Memory) Append(dst []byte, off uint32, from, to int) []byte {
	h := m.Entry(off)
	if !m.Chained(h) {
		return append(dst, m.bytesAt(off, h.fixed()+from, to-from)...)
	}
	p := m.pieces(off, h)
	for ; from < to; p.advance(m) {
		p.expect(m)
		if from < p.end() {
			n := min(to, p.end()) - from
			dst = append(dst, m.bytesAt(p.off, p.skip+from-p.start, n)...)
			from += n
		}
	}
	return dst
}

// Equal reports whether the body from byte from on begins with b.
// REQUIRES: the body has that many bytes.
func (m *Memory) Equal(off uint32, from int, b []byte) bool {
	h := m.Entry(off)
	if !m.Chained(h) {
		return bytes.Equal(m.bytesAt(off, h.fixed()+from, len(b)), b)
	}
	p := m.pieces(off, h)
	for len(b) > 0 {
		if from < p.end() {
			n := min(len(b), p.end()-from)
			if !bytes.Equal(m.bytesAt(p.off, p.skip+from-p.start, n), b[:n]) {
				return false
			}
			if b, from = b[n:], from+n; len(b) == 0 {
				break // to advance would wait for the next chunk
			}
		}
		p.advance(m)
	}
	return true
}

// writeBody stores key and value in an entry whose header is written and whose
// chunks are linked.
func (m *Memory) writeBody(off uint32, key, value []byte) {
	h := m.Entry(off)
	if !m.Chained(h) {
		b := m.bytesAt(off, h.fixed(), h.Size())
		copy(b[copy(b, key):], value)
		return
	}
	p := m.pieces(off, h)
	for ; len(key)+len(value) > 0; p.advance(m) {
		p.expect(m)
		b := m.bytesAt(p.off, p.skip, p.n)
		n := copy(b, key)
		key = key[n:]
		value = value[copyOut(b[n:], value):]
	}
	fenceStores()
}

// piece is one part of a chained body. Loops over pieces declare it outside the loop: a copy for each turn would be read
// back before it has left the processor's store buffer.
type piece struct {
	off   uint32 // slot
	skip  int    // bytes of the slot before the data
	start int    // position of the data in the body
	n     int    // bytes of data
	next  uint32 // the chunk that follows
}

func (p *piece) end() int { return p.start + p.n }

// pieces returns the first piece, which is in the entry itself.
func (m *Memory) pieces(off uint32, h *Header) piece {
	return piece{off: off, skip: h.fixed() + 4, n: h.Size() % m.chunkData(), next: *m.linkOf(off, h)}
}

// expect prefetches the next chunk, whose link advance will read.
func (p *piece) expect(m *Memory) {
	if p.next != 0 {
		m.Expect(p.next)
	}
}

func (p *piece) advance(m *Memory) {
	p.start += p.n
	p.off, p.skip, p.n = p.next, chunkHead, m.chunkData()
	if p.off != 0 {
		p.next = m.chunkAt(p.off).next
	}
}

// chain allocates n chunks behind the entry at off and links them.
// REQUIRES: there is room for them, and the entry's header is written.
func (m *Memory) chain(off uint32, n int) {
	link, owner := m.linkOf(off, m.Entry(off)), off
	for ; n > 0; n-- {
		c := m.Alloc(m.table.Chunk)
		*link = c
		m.chunkAt(c).owner = owner
		link, owner = &m.chunkAt(c).next, c
	}
	*link = 0
}

// FreeChunks frees the chunks of the entry at off, which is chained.
func (m *Memory) FreeChunks(off uint32) {
	for c := *m.linkOf(off, m.Entry(off)); c != 0; {
		next := m.chunkAt(c).next
		m.Free(c)
		c = next
	}
}
