package wire

import "bytes"

// RESP decodes the requests of one connection. The zero value is ready. It
// remembers how much of an incomplete request is decoded, so that no byte is
// scanned twice, however the input is cut.
type RESP struct {
	args []Span // of the incomplete request, relative to its start
	pos  uint32 // bytes of it already decoded
	left int32  // arguments still to come; 0: at the start of a request
	sum  uint32 // bytes of the arguments so far
	need uint32 // bytes from the request's start that Next needs to continue

	// While a request is dropped: bytes still to skip, and the result of Size.
	dropping bool
	skip     uint64
	index    int32 // number of the next argument
	key      uint64
	largest  uint64

	err string
}

// Err is the protocol error after Bad, as Redis words it, without "-ERR ".
func (d *RESP) Err() string { return d.err }

// Size is the length of key and value together of the request after Oversize.
func (d *RESP) Size() uint64 { return d.key + d.largest }

// Need returns how many bytes of the request at the front must have arrived before
// Next can make progress; 0: any number.
func (d *RESP) Need() int { return int(d.need) }

// Next decodes the request at the front of buf[from:] and appends the spans of its
// arguments, relative to buf, to args. n is the number of bytes used; with More it
// is 0 unless a request is being dropped. The caller passes the other bytes again,
// followed by newer input. An inline request is not split: inline is true and the
// one span appended is the line.
func (d *RESP) Next(buf []byte, from int, args []Span) (out []Span, n int, st Status, inline bool) {
	b := buf[from:]
	if d.left == 0 && !d.dropping {
		if out, n := Whole(buf, from, args); n > 0 {
			return out, n, OK, false
		}
		if len(b) == 0 {
			return args, 0, More, false
		}
		if b[0] != '*' {
			return d.inline(b, uint32(from), args)
		}
		n, st := d.begin(b)
		if st != OK || d.left == 0 {
			return args, n, st, false
		}
	}
	st = d.bulks(b)
	if d.dropping && st != Bad {
		n, st = d.drop(b)
		return args, n, st, false
	}
	if st != OK {
		return args, 0, st, false
	}
	for _, a := range d.args {
		args = append(args, Span{a.Off + uint32(from), a.Len})
	}
	n = int(d.pos)
	d.reset()
	return args, n, OK, false
}

func (d *RESP) reset() {
	if cap(d.args) > 64 {
		d.args = nil // a long request must not take memory for the connection's life
	}
	*d = RESP{args: d.args[:0]}
}

func (d *RESP) bad(text string) Status {
	d.err = text
	return Bad
}

// begin decodes the array header that opens a request.
func (d *RESP) begin(b []byte) (n int, st Status) {
	line, n, st := d.headerLine(b, "Protocol error: too big mbulk count string")
	if st != OK {
		return 0, st
	}
	count, ok := ParseInt(line[1:])
	if !ok || count > MaxArgs {
		return 0, d.bad("Protocol error: invalid multibulk length")
	}
	if count <= 0 {
		return n, OK
	}
	d.left, d.pos = int32(count), uint32(n)
	return n, OK
}

// headerLine returns the line at the front of b without its end; n includes the
// end. Like Redis, it accepts any byte after the CR.
func (d *RESP) headerLine(b []byte, tooBig string) (line []byte, n int, st Status) {
	i := bytes.IndexByte(b[:min(len(b), MaxInline+1)], '\r')
	if i < 0 {
		if len(b) > MaxInline {
			return nil, 0, d.bad(tooBig)
		}
		return nil, 0, More
	}
	if i+2 > len(b) {
		return nil, 0, More
	}
	return b[:i], i + 2, OK
}

// bulks decodes the complete arguments. It returns OK when none is left, or when
// it has begun to drop the request.
func (d *RESP) bulks(b []byte) Status {
	for d.left > 0 && !d.dropping {
		size, n, st := d.bulkHeader(b[min(int(d.pos), len(b)):])
		if st != OK {
			d.need = 0
			return st
		}
		if size > MaxKept {
			d.startDrop(size, n)
			return OK
		}
		if uint64(d.sum)+uint64(size) > MaxRequest {
			return d.bad("Protocol error: too big request")
		}
		end := int(d.pos) + n + int(size) + 2
		if end > len(b) {
			d.need = uint32(end)
			return More
		}
		d.args = append(d.args, Span{d.pos + uint32(n), uint32(size)})
		d.pos, d.sum, d.need = uint32(end), d.sum+uint32(size), 0
		d.left--
	}
	return OK
}

func (d *RESP) bulkHeader(b []byte) (size int64, n int, st Status) {
	line, n, st := d.headerLine(b, "Protocol error: too big bulk count string")
	if st != OK {
		return 0, 0, st
	}
	if len(line) == 0 || line[0] != '$' {
		return 0, 0, d.bad("Protocol error: expected '$', got '" + string(b[:1]) + "'")
	}
	size, ok := ParseInt(line[1:])
	if !ok || size < 0 || size > MaxBulk {
		return 0, 0, d.bad("Protocol error: invalid bulk length")
	}
	return size, n, OK
}

// startDrop begins to drop the request, because the argument at pos, with a header
// of n bytes and size bytes long, is too long for any command.
func (d *RESP) startDrop(size int64, n int) {
	d.dropping, d.index = true, int32(len(d.args))
	for i, a := range d.args {
		d.count(int32(i), uint64(a.Len))
	}
	d.skip = uint64(d.pos) + uint64(n) + uint64(size) + 2
	d.count(d.index, uint64(size))
	d.index++
	d.left--
	d.args = d.args[:0]
}

// count records the length of argument i of a request that is dropped.
func (d *RESP) count(i int32, size uint64) {
	switch {
	case i == 1:
		d.key = size
	default:
		d.largest = max(d.largest, size)
	}
}

// drop skips bytes at the front of b; its first call skips those already decoded too.
func (d *RESP) drop(b []byte) (n int, st Status) {
	for {
		take := min(uint64(len(b)-n), d.skip)
		n += int(take)
		d.skip -= take
		if d.skip > 0 {
			return n, More
		}
		if d.left == 0 {
			key, largest := d.key, d.largest
			d.reset()
			d.key, d.largest = key, largest
			return n, Oversize
		}
		size, h, st := d.bulkHeader(b[n:])
		if st != OK {
			return n, st
		}
		d.count(d.index, uint64(size))
		d.index++
		d.left--
		d.skip = uint64(h) + uint64(size) + 2
	}
}
