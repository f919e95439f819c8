package wire

import "bytes"

// MaxLine is the longest line that is kept, in bytes: the limit on key and value,
// and room for the command and an expiry. No valid request is longer.
const MaxLine = 65536 + 128

// maxWord is how many bytes of a dropped line's first word are kept for the reply.
const maxWord = 64

// Line decodes the requests of one connection in the line dialect. The zero value
// is ready.
type Line struct {
	scanned uint32 // bytes at the front that hold no line end

	// While a line is dropped:
	dropped uint64 // bytes dropped so far; 0: no line is being dropped
	others  uint64 // of these, bytes that are neither key nor value
	field   uint8  // number of the field of the last byte dropped; the command is 0
	last    uint8  // number of the field that takes the rest of the line
	lastCR  bool   // the last byte dropped was a CR
	wordLen uint8
	word    [maxWord]byte // the front of the command
}

// Next finds the line at the front of buf[from:] and returns its span without
// the line end. n is the number of bytes used; with More, they are part of a line
// that is being dropped. At the end of that line Next returns Oversize, and Word
// and Size describe the line.
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

// drop counts b, a part of a line that is too long to keep. The first part has
// more than MaxLine bytes, so it holds the front of the command.
func (d *Line) drop(b []byte) {
	d.scanned = 0
	if len(b) == 0 {
		return
	}
	if d.dropped == 0 {
		word, _, _ := bytes.Cut(b, []byte(" "))
		d.wordLen = uint8(copy(d.word[:], word))
		d.last = lastField(word)
	}
	d.dropped += uint64(len(b))
	d.lastCR = b[len(b)-1] == '\r'
	for d.field < d.last {
		i := bytes.IndexByte(b, ' ')
		n := i
		if i < 0 {
			n = len(b)
		}
		if d.field != 1 {
			d.others += uint64(n)
		}
		if i < 0 {
			return
		}
		d.others++
		d.field++
		b = b[i+1:]
	}
}

// lastField is the number of a command's field that takes the rest of the line:
// its value, or its key (field 1) when it has no value.
func lastField(word []byte) uint8 {
	switch string(word) {
	case "SET", "SETNX":
		return 2
	case "SETEX":
		return 3
	}
	return 1
}

// Word returns the first 64 bytes of the command after Oversize; valid until the
// next call of Size or Next.
func (d *Line) Word() []byte { return d.word[:d.wordLen] }

// Size returns the length of key and value together after Oversize. It must be
// called before the next Next, since it makes the decoder ready for the next line.
func (d *Line) Size() uint64 {
	n := d.dropped - d.others
	if d.lastCR && n > 0 {
		n--
	}
	*d = Line{}
	return n
}

// Fields splits a line at single spaces into at most most fields and appends their
// spans to args. The last field is the rest of the line, spaces included. off is
// the line's offset in its buffer.
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

// HasLineEnd reports whether v holds a CR or LF, which the line dialect must escape.
func HasLineEnd(v []byte) bool { return bytes.IndexByte(v, '\n') >= 0 || bytes.IndexByte(v, '\r') >= 0 }

// AppendLineValue appends a value in the line dialect: unchanged, or with CR, LF
// and backslash escaped if it holds a CR or LF.
func AppendLineValue(dst, v []byte) []byte {
	if !HasLineEnd(v) {
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
