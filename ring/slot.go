package ring

import (
	"bytes"
	"strings"
)

// Slots is the number of slots in every ring, Redis Cluster's.
const Slots = 1 << 14

// crcTables[n][b] is the CRC of the byte b with n zero bytes behind it. With eight tables, eight bytes take eight
// loads that do not wait for each other ("slicing by 8", Kounavis and Berry 2005).
var crcTables = func() (t [8][256]uint16) {
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
func Slot(key string) int { return int(crc16(Tag(key)) % Slots) }

// SlotBytes is Slot for a key held in bytes.
func SlotBytes(key []byte) int {
	tag := key
	if open := bytes.IndexByte(key, '{'); open >= 0 {
		if n := bytes.IndexByte(key[open+1:], '}'); n > 0 {
			tag = key[open+1 : open+1+n]
		}
	}
	return int(crc16(tag) % Slots)
}

// Tag returns the part of a key that decides its slot: what stands between the first { and the first } behind it, or
// the whole key if there is no such pair or nothing in it. Keys with one tag are in one slot, so in one group.
func Tag(key string) string {
	if open := strings.IndexByte(key, '{'); open >= 0 {
		if n := strings.IndexByte(key[open+1:], '}'); n > 0 {
			return key[open+1 : open+1+n]
		}
	}
	return key
}

func crc16[T string | []byte](s T) uint16 {
	var crc uint16
	t := &crcTables
	for len(s) >= 8 {
		crc = t[7][s[0]^byte(crc>>8)] ^ t[6][s[1]^byte(crc)] ^ t[5][s[2]] ^ t[4][s[3]] ^
			t[3][s[4]] ^ t[2][s[5]] ^ t[1][s[6]] ^ t[0][s[7]]
		s = s[8:]
	}
	for i := range len(s) {
		crc = crc<<8 ^ t[0][byte(crc>>8)^s[i]]
	}
	return crc
}
