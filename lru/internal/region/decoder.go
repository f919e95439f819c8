package region

import "encoding/binary"

// Decoder reads a state: numbers of fixed size, in little endian, as the append functions of encoding/binary write them.
type Decoder struct {
	b   []byte
	bad bool
}

// NewDecoder reads b.
func NewDecoder(b []byte) *Decoder { return &Decoder{b: b} }

// Fail notes that what was read cannot be.
func (d *Decoder) Fail() { d.bad = true }

// Failed reports whether something could not be, or was missing.
func (d *Decoder) Failed() bool { return d.bad }

// Left is how many bytes are left.
func (d *Decoder) Left() int { return len(d.b) }

// Bytes are the next n bytes; nil if there are fewer.
func (d *Decoder) Bytes(n uint64) []byte {
	if n > uint64(len(d.b)) {
		d.bad, d.b = true, nil
		return nil
	}
	b := d.b[:n:n]
	d.b = d.b[n:]
	return b
}

// U64 is the next number of 8 bytes, 0 if there are fewer.
func (d *Decoder) U64() uint64 {
	if b := d.Bytes(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// I64 is U64 as a signed number.
func (d *Decoder) I64() int64 { return int64(d.U64()) }

// U32 is the next number of 4 bytes, 0 if there are fewer.
func (d *Decoder) U32() uint32 {
	if b := d.Bytes(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// Below is U32 of a number that must be less than limit.
func (d *Decoder) Below(limit uint32) uint32 {
	n := d.U32()
	if n >= limit {
		d.bad = true
		return 0
	}
	return n
}
