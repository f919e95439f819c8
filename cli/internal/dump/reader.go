package dump

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"time"
)

// Reader reads a file. It returns a block's entries only after verifying the block's
// checksum. It is for one goroutine.
type Reader struct {
	r       io.Reader
	rest    []byte // the block's unread records
	sum     uint32
	records uint64
	offset  int64 // bytes read and found sound
	written time.Time
	err     error // what Next returns from now on
}

// NewReader reads the header. NewReader and Next report a faulty file as an *Error.
func NewReader(r io.Reader) (*Reader, error) {
	d := &Reader{r: r}
	var head [headerSize]byte
	n, err := io.ReadFull(r, head[:])
	switch {
	case n < len(magic) && (err == io.EOF || err == io.ErrUnexpectedEOF), string(head[:len(magic)]) != magic && n >= len(magic):
		return nil, &Error{What: "this is no dump: it does not begin as one"}
	case err == io.ErrUnexpectedEOF:
		return nil, &Error{Cut: true, What: "the file is cut off in its header"}
	case err != nil:
		return nil, fmt.Errorf("reading the dump: %w", err)
	}
	d.sum = crc32.Checksum(head[:headerSize-4], castagnoli)
	v := binary.LittleEndian.Uint16(head[8:])
	switch {
	case d.sum != binary.LittleEndian.Uint32(head[headerSize-4:]):
		return nil, &Error{What: "the header is damaged"}
	case v != version || binary.LittleEndian.Uint16(head[10:]) != 0:
		return nil, &Error{What: fmt.Sprintf("the dump has version %d, this program reads version %d", v, version)}
	}
	d.written = time.UnixMilli(int64(binary.LittleEndian.Uint64(head[12:])))
	d.offset = headerSize
	return d, nil
}

// Written returns the time of writing that the file's header states.
func (d *Reader) Written() time.Time { return d.written }

// Records returns the number of entries returned so far.
func (d *Reader) Records() uint64 { return d.records }

// Offset returns the number of bytes read and found sound.
func (d *Reader) Offset() int64 { return d.offset }

// Next returns the next entry. It returns io.EOF after the last one if the file
// is complete. The caller owns the value.
func (d *Reader) Next() (Entry, error) {
	if d.err == nil && len(d.rest) == 0 {
		d.err = d.block()
	}
	if d.err != nil {
		return Entry{}, d.err
	}
	e, n, what := record(d.rest)
	if what != "" {
		d.err = &Error{Offset: d.offset, What: what}
		return Entry{}, d.err
	}
	d.rest = d.rest[n:]
	d.records++
	return e, nil
}

// block reads the next block, or the end.
func (d *Reader) block() error {
	var frame [frameSize]byte
	if err := d.full(frame[:4]); err != nil {
		return err
	}
	n := binary.LittleEndian.Uint32(frame[:])
	if n == 0 {
		return d.end()
	}
	if n > maxBlock {
		return &Error{Offset: d.offset, What: fmt.Sprintf("the block that follows says that it has %d bytes, the limit is %d", n, maxBlock)}
	}
	if err := d.full(frame[4:]); err != nil {
		return err
	}
	records := make([]byte, n)
	if err := d.full(records); err != nil {
		return err
	}
	d.sum = crc32.Update(d.sum, castagnoli, records)
	if d.sum != binary.LittleEndian.Uint32(frame[4:]) {
		return &Error{Offset: d.offset, What: "the block that follows is damaged"}
	}
	d.offset += int64(frameSize + n)
	d.rest = records
	return nil
}

func (d *Reader) end() error {
	var end [endSize - 4]byte
	if err := d.full(end[:]); err != nil {
		return err
	}
	d.sum = crc32.Update(d.sum, castagnoli, end[:8])
	if d.sum != binary.LittleEndian.Uint32(end[8:]) {
		return &Error{Offset: d.offset, What: "the end of the file is damaged"}
	}
	if n := binary.LittleEndian.Uint64(end[:]); n != d.records {
		return &Error{Offset: d.offset, What: fmt.Sprintf("the file says that it has %d entries, and has %d", n, d.records)}
	}
	d.offset += endSize
	switch n, err := io.ReadFull(d.r, end[:1]); {
	case n > 0:
		return &Error{Offset: d.offset, What: "something follows the end of the dump"}
	case err != io.EOF:
		return fmt.Errorf("reading the dump: %w", err)
	}
	return io.EOF
}

// full fills b.
func (d *Reader) full(b []byte) error {
	_, err := io.ReadFull(d.r, b)
	if err == nil {
		return nil
	}
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return &Error{Offset: d.offset, Cut: true, What: "the file is cut off"}
	}
	return fmt.Errorf("reading the dump: %w", err)
}

// record decodes the record at the front of b and returns its length, or a description
// of its fault.
func record(b []byte) (e Entry, n int, wrong string) {
	var field [3]uint64
	for i := range field {
		v, k := binary.Uvarint(b[n:])
		if k <= 0 {
			return e, 0, "a record is cut off in its lengths"
		}
		field[i] = v
		n += k
	}
	key, value, expire := field[0], field[1], field[2]
	switch {
	case key == 0 || key > MaxItem || value > MaxItem-key:
		return e, 0, fmt.Sprintf("a record says that it has a key of %d and a value of %d bytes", key, value)
	case key+value > uint64(len(b)-n):
		return e, 0, "a record does not fit its block"
	case expire > 1<<62:
		return e, 0, "a record has an invalid expiry"
	}
	e.Key = string(b[n : n+int(key)])
	n += int(key)
	e.Value = b[n : n+int(value) : n+int(value)]
	n += int(value)
	if expire > 0 {
		e.Expire = time.UnixMilli(int64(expire))
	}
	return e, n, ""
}
