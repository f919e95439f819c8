package wire

import "encoding/binary"

// Whole decodes a request that is complete in buf[from:] and has at most nine
// arguments of at most 99,999 bytes, as nearly all have. For any other it returns
// n 0, and Next must be called. It keeps no state, so that a caller can look ahead.
func Whole(buf []byte, from int, args []Span) (out []Span, n int) {
	b := buf[from:]
	if len(b) < 16 || b[0] != '*' || b[2] != '\r' || b[3] != '\n' || b[1]-'1' > 8 {
		return args, 0
	}
	out = args
	pos := uint32(4)
	for left := b[1] - '0'; left > 0; left-- {
		if uint32(len(b)) < pos+8 {
			return args, 0
		}
		size, h := bulkPrefix(b[pos:])
		end := pos + h + size
		if h == 0 || uint32(len(b)) < end+2 {
			return args, 0
		}
		out = append(out, Span{uint32(from) + pos + h, size})
		pos = end + 2
	}
	return out, int(pos)
}

// bulkPrefix reads a bulk header of one to five digits at the front of b. n is the
// header's length, 0 if b does not begin with one. REQUIRES: b has 8 bytes.
func bulkPrefix(b []byte) (size, n uint32) {
	w := binary.LittleEndian.Uint64(b)
	if byte(w) != '$' {
		return 0, 0
	}
	size = uint32(byte(w>>8) - '0')
	if size > 9 {
		return 0, 0
	}
	for n = 2; n < 7; n++ {
		c := byte(w >> (8 * n))
		if c == '\r' {
			if n > 2 && byte(w>>8) == '0' {
				return 0, 0 // a leading zero, which the general decoder refuses
			}
			if byte(w>>(8*n+8)) != '\n' {
				return 0, 0
			}
			return size, n + 2
		}
		if c-'0' > 9 {
			return 0, 0
		}
		size = size*10 + uint32(c-'0')
	}
	return 0, 0
}
