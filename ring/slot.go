package ring

import (
	"math/bits"
	"strings"
)

// Slots is the number of slots in every ring, Redis Cluster's.
const Slots = 1 << 14

// crcTables[n][b] is the CRC of the byte b with n zero bytes behind it. With them, many bytes take as many loads that do not
// wait for each other ("slicing", Kounavis and Berry 2005).
var crcTables = func() (t [16][256]uint16) {
	for b := range 256 {
		crc := uint16(b) << 8
		for range 8 {
			carry := crc >> 15
			crc = crc<<1 ^ carry*0x1021 // x^16 + x^12 + x^5 + 1
		}
		t[0][b] = crc
	}
	for n := 1; n < len(t); n++ {
		for b := range 256 {
			crc := t[n-1][b]
			t[n][b] = crc<<8 ^ t[0][crc>>8]
		}
	}
	return t
}()

// Slot returns the slot of a key, 0 to Slots-1, as Redis Cluster computes it: the CRC-16/XMODEM of the key's hash tag,
// modulo Slots. It is the same in every ring.
func Slot(key string) int { return slotOfString(key) }

// SlotBytes is Slot for a key held in bytes.
func SlotBytes(key []byte) int { return slotOfBytes(key) }

func slot[T string | []byte](key T) int {
	crc, open := crcToBrace(key)
	if open < len(key) {
		crc = crc16(tag(key, open))
	}
	return int(crc % Slots)
}

// Tag returns the part of a key that decides its slot: what stands between the first { and the first } behind it, or
// the whole key if there is no such pair or nothing in it. Keys with one tag are in one slot, so in one group.
func Tag(key string) string {
	if open := strings.IndexByte(key, '{'); open >= 0 {
		return tag(key, open)
	}
	return key
}

// tag is Tag for a key whose first { is at open.
func tag[T string | []byte](key T, open int) T {
	for n := open + 1; n < len(key); n++ {
		if key[n] != '}' {
			continue
		}
		if n == open+1 {
			break
		}
		return key[open+1 : n]
	}
	return key
}

const (
	ones   = 0x0101010101010101
	highs  = 0x80 * ones
	braces = '{' * ones
)

// crcToBrace returns the CRC of s if it has no {, and len(s); otherwise the position of the first {, and nothing of use.
// Looking for it on the way is faster than to do so before. What is no multiple of eight bytes comes first, behind zero
// bytes, which leave a CRC of zero as it is. The sums are written out, since the compiler does not inline low.
func crcToBrace[T string | []byte](s T) (crc uint16, open int) {
	t, at := &crcTables, len(s)&7
	if len(s) < 8 {
		return crcToBraceShort(s)
	}
	if at != 0 {
		w := load(s) << ((64 - 8*uint(at)) & 63)
		if found := brace(w); found != 0 {
			return 0, at - 8 + bits.TrailingZeros64(found)/8
		}
		crc = t[7][byte(w)] ^ t[6][byte(w>>8)] ^ (t[5][byte(w>>16)] ^ t[4][byte(w>>24)]) ^
			(t[3][byte(w>>32)] ^ t[2][byte(w>>40)]) ^ (t[1][byte(w>>48)] ^ t[0][byte(w>>56)])
	}
	for ; len(s)-at >= 16; at += 16 {
		v, w := load(s[at:at+8]), load(s[at+8:at+16])
		if found := brace(v); found != 0 {
			return 0, at + bits.TrailingZeros64(found)/8
		}
		if found := brace(w); found != 0 {
			return 0, at + 8 + bits.TrailingZeros64(found)/8
		}
		v ^= uint64(bits.ReverseBytes16(crc))
		crc = (t[7][byte(w)] ^ t[6][byte(w>>8)]) ^ (t[5][byte(w>>16)] ^ t[4][byte(w>>24)]) ^
			(t[3][byte(w>>32)] ^ t[2][byte(w>>40)]) ^ (t[1][byte(w>>48)] ^ t[0][byte(w>>56)]) ^
			(t[13][byte(v>>16)] ^ t[12][byte(v>>24)]) ^ (t[11][byte(v>>32)] ^ t[10][byte(v>>40)]) ^
			(t[9][byte(v>>48)] ^ t[8][byte(v>>56)]) ^ (t[15][byte(v)] ^ t[14][byte(v>>8)])
	}
	if len(s)-at >= 8 {
		w := load(s[at : at+8])
		if found := brace(w); found != 0 {
			return 0, at + bits.TrailingZeros64(found)/8
		}
		w ^= uint64(bits.ReverseBytes16(crc))
		crc = (t[5][byte(w>>16)] ^ t[4][byte(w>>24)]) ^ (t[3][byte(w>>32)] ^ t[2][byte(w>>40)]) ^
			(t[1][byte(w>>48)] ^ t[0][byte(w>>56)]) ^ (t[7][byte(w)] ^ t[6][byte(w>>8)])
	}
	return crc, len(s)
}

// crcToBraceShort is crcToBrace for less than eight bytes.
func crcToBraceShort[T string | []byte](s T) (crc uint16, open int) {
	for at := range len(s) {
		if s[at] == '{' {
			return 0, at
		}
		crc = crc<<8 ^ crcTables[0][byte(crc>>8)^s[at]]
	}
	return crc, len(s)
}

// brace returns a word whose lowest bit that is set belongs to the first { in w; 0: there is none.
func brace(w uint64) uint64 {
	x := w ^ braces
	return (x - ones) &^ x & highs
}

// crc16 returns the CRC of any bytes.
func crc16[T string | []byte](s T) (crc uint16) {
	t := &crcTables
	for len(s) >= 8 {
		crc = low(t, load(s), crc)
		s = s[8:]
	}
	for i := range len(s) {
		crc = crc<<8 ^ t[0][byte(crc>>8)^s[i]]
	}
	return crc
}

// load returns the first eight bytes of s, the first in the lowest bits.
func load[T string | []byte](s T) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// low continues a CRC with the eight bytes of w. What depends on the CRC comes last.
func low(t *[16][256]uint16, w uint64, crc uint16) uint16 {
	return (t[5][byte(w>>16)] ^ t[4][byte(w>>24)]) ^ (t[3][byte(w>>32)] ^ t[2][byte(w>>40)]) ^ (t[1][byte(w>>48)] ^ t[0][byte(w>>56)]) ^
		(t[7][byte(w)^byte(crc>>8)] ^ t[6][byte(w>>8)^byte(crc)])
}
