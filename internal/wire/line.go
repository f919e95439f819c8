package wire

import "bytes"

// MaxLine is the longest line that is kept, in bytes. No request that can be
// carried out is longer: the limit on key and value, the command and an expiry.
const MaxLine = 65536 + 128

// Line decodes the requests of one connection in the line dialect. The zero value
// is ready.
type Line struct {
	scanned uint32 // bytes at the front known to hold no end of line
	prefix  uint32 // of a line that is dropped: bytes before the key
	dropped uint64 // bytes of it dropped so far; 0: none is being dropped
	lastCR  bool   // the last of them was a CR
}

// Next finds the line at the front of buf[from:] and returns its span without
// its end. n is the bytes used: with More they are the bytes of a line that is
// being dropped. Oversize ends such a line; Size then tells its length.
func (d *Line) Next(buf []byte, from int) (line Span, n int, st Status) {
	b := buf[from:]
	i := bytes.IndexByte(b[min(int(d.scanned), len(b)):], '\n')
	if i < 0 {
		if d.dropped == 0 && len(b) <= MaxLine {
			d.scanned = uint32(len(b))
			return Span{}, 0, More
		}
		d.drop(b)
		return Span{}, len(b), More
	}
	i += min(int(d.scanned), len(b))
	d.scanned = 0
	if d.dropped == 0 && i <= MaxLine {
		n = i + 1
		if i > 0 && b[i-1] == '\r' {
			i--
		}
		return Span{uint32(from), uint32(i)}, n, OK
	}
	d.drop(b[:i])
	return Span{}, i + 1, Oversize
}

// drop counts b, a part of a line that is too long to keep.
func (d *Line) drop(b []byte) {
	d.scanned = 0
	if d.dropped == 0 {
		d.prefix = keyOffset(b)
	}
	if len(b) > 0 {
		d.lastCR = b[len(b)-1] == '\r'
	}
	d.dropped += uint64(len(b))
}

// Size is the length of key and value together of the line behind Oversize; it
// makes the decoder ready for the next line.
func (d *Line) Size() uint64 {
	n := d.dropped - uint64(d.prefix)
	if d.lastCR {
		n--
	}
	*d = Line{}
	return n
}

// keyOffset is how many bytes of the line are not key or value: the command, the
// separators, and SETEX's seconds.
func keyOffset(line []byte) uint32 {
	word, rest, _ := bytes.Cut(line[:min(len(line), MaxLine)], []byte(" "))
	n := len(word) + 1
	switch string(word) {
	case "SET", "SETNX":
		if bytes.IndexByte(rest, ' ') >= 0 {
			n++
		}
	case "SETEX":
		if _, rest, ok := bytes.Cut(rest, []byte(" ")); ok {
			n++
			if seconds, _, ok := bytes.Cut(rest, []byte(" ")); ok {
				n += len(seconds) + 1
			}
		}
	}
	return uint32(min(n, len(line)))
}

// Fields splits a line, which lies at the offset off of its buffer, at single
// spaces into at most most fields, the last of which is everything that is left,
// spaces included.
func Fields(line []byte, off uint32, most int, args []Span) []Span {
	for ; most > 1; most-- {
		i := bytes.IndexByte(line, ' ')
		if i < 0 {
			break
		}
		args = append(args, Span{off, uint32(i)})
		line = line[i+1:]
		off += uint32(i) + 1
	}
	return append(args, Span{off, uint32(len(line))})
}

// AppendLineValue appends a value for the line dialect: as it is, or with CR, LF
// and backslash escaped when it holds a CR or LF.
func AppendLineValue(dst, v []byte) []byte {
	if bytes.IndexByte(v, '\n') < 0 && bytes.IndexByte(v, '\r') < 0 {
		return append(dst, v...)
	}
	for _, c := range v {
		switch c {
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\\':
			dst = append(dst, '\\', '\\')
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
