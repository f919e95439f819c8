package memory

import "bytes"

// New stores an entry of a shape that key, value and expireAt have; expireAt is in milliseconds since the epoch,
// 0: never. It carries m.Generation; its stamp is 0 and its links are undefined.
// REQUIRES: Short is 0 or less for a Demand of this shape.
func (m *Memory) New(sh Shape, key, value []byte, expireAt int64) (off uint32) {
	off = m.Alloc(sh.class())
	e := m.Entry(off)
	e.klen, e.vlen, e.word = uint16(len(key)-1), uint16(len(value)), m.Generation
	m.writeExpiry(off, expireAt)
	if m.Chained(e) {
		m.chain(off, sh.chunks())
	}
	m.writeBody(off, key, value)
	return off
}

// Overwrite stores value and expireAt in the entry at off, whose key is key, if they fit its slots, and reports whether
// they do.
// It carries m.Generation then; links and stamp stay.
func (m *Memory) Overwrite(off uint32, key, value []byte, expireAt int64) bool {
	h := m.Entry(off)
	if len(value) != h.ValueLen() || h.expires() != (expireAt != 0) {
		if m.Shape(len(key), h.ValueLen(), h.expires()) != m.Shape(len(key), len(value), expireAt != 0) {
			return false
		}
	}
	m.MustChange()
	var first uint32
	if m.Chained(h) {
		first = *m.linkOf(off, h)
	}
	h.word = h.word&StampMask | m.Generation
	h.vlen = uint16(len(value))
	m.writeExpiry(off, expireAt)
	if m.Chained(h) {
		*m.linkOf(off, h) = first
	}
	m.writeBody(off, key, value)
	return true
}

// Expiry returns the expiry of the entry at off, in milliseconds since the epoch; 0: never.
func (m *Memory) Expiry(off uint32) int64 {
	if !m.Entry(off).expires() {
		return 0
	}
	return *m.expiryOf(off)
}

// SetExpiry changes when the entry at off expires. It reports false, and changes nothing, where the entry has no room
// for an expiry.
func (m *Memory) SetExpiry(off uint32, expireAt int64) bool {
	if !m.Entry(off).expires() {
		return expireAt == 0
	}
	m.MustChange()
	*m.expiryOf(off) = expireAt
	m.noteExpiry(off, expireAt)
	return true
}

// writeExpiry stores expireAt in an entry without an expiry.
// REQUIRES: the entry's shape has room for it unless it is 0.
func (m *Memory) writeExpiry(off uint32, expireAt int64) {
	if expireAt != 0 {
		m.Entry(off).word |= hasExpiry
		*m.expiryOf(off) = expireAt
		m.noteExpiry(off, expireAt)
	}
}

// noteExpiry keeps the promise of the page's minExpiry.
func (m *Memory) noteExpiry(off uint32, expireAt int64) {
	if pg := &m.pages[off>>m.pageShift]; expireAt != 0 && expireAt < pg.minExpiry {
		pg.minExpiry = expireAt
	}
}

// Footprint is the bytes of the slots that the entry at off takes.
func (m *Memory) Footprint(off uint32) int {
	h := m.Entry(off)
	return m.ShapeBytes(m.Shape(h.KeyLen(), h.ValueLen(), h.expires()))
}

// ShapeBytes is the bytes of the slots of an entry of this shape.
func (m *Memory) ShapeBytes(sh Shape) int {
	return int(m.classes[sh.class()].size) + sh.chunks()*int(m.chunkBytes)
}

// SlotKey is the key of the entry at off with the header h, valid as long as the entry stays; nil if it may lie in
// several pieces.
func (m *Memory) SlotKey(off uint32, h *Header) []byte {
	if m.Chained(h) {
		return nil
	}
	return m.bytesAt(off, h.fixed(), h.KeyLen())
}

// Key is the key of the entry at off; valid until the next call of Key on this Memory, and as long as the entry stays.
func (m *Memory) Key(off uint32) []byte {
	h := m.Entry(off)
	if key := m.SlotKey(off, h); key != nil {
		return key
	}
	m.scratch = m.Append(m.scratch[:0], off, 0, h.KeyLen())
	return m.scratch
}

// KeyIs reports whether key is the key of the entry at off.
func (m *Memory) KeyIs(off uint32, key []byte) bool {
	h := m.Entry(off)
	if int(h.klen) != len(key)-1 {
		return false
	}
	if m.Chained(h) {
		return m.Equal(off, 0, key)
	}
	return bytes.Equal(m.bytesAt(off, h.fixed(), len(key)), key) // as Equal does, with a call less
}
