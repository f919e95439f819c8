package dump

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"time"
)

// Reader reads a file. It returns a block's records only after verifying the block's
// checksum. It is for one goroutine.
type Reader struct {
	// Damaged, if it is set before the first block is read, is told of each damaged block, which is then left out, where
	// otherwise reading would end. It may be told of blocks that do not exist, if the damage is in a block's length.
	Damaged func(*Error)

	r       io.Reader
	rest    Block // the unread records of Next
	sum     uint32
	other   *uint32 // after a damaged block: the sum that it states, while sum is that of the content
	lost    uint64  // records that are known to be missing
	records uint64
	offset  int64 // bytes read and found sound
	written time.Time
	err     error // what Next and Block return from now on
}

// NewReader reads the header. All methods of a Reader, and NewReader, report a faulty file as an *Error.
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

// Records returns the number of records read so far: after Block those of the block, after Next those that it returned.
func (d *Reader) Records() uint64 { return d.records - d.rest.records() }

// Lost returns, after io.EOF, the number of records that were in damaged blocks.
func (d *Reader) Lost() uint64 { return d.lost }

// Next returns the next entry. It returns io.EOF after the last one if the file
// is complete. The caller owns the value.
func (d *Reader) Next() (Entry, error) {
	if len(d.rest) == 0 {
		var err error
		if d.rest, err = d.Block(nil); err != nil {
			return Entry{}, err
		}
	}
	r, _ := d.rest.Next()
	e := Entry{Key: string(r.Key), Value: r.Value}
	if r.ExpireAt > 0 {
		e.Expire = time.UnixMilli(r.ExpireAt)
	}
	return e, nil
}

// Block returns the records of the next block, in buf if it has room for them. It returns io.EOF after the last one if
// the file is complete.
func (d *Reader) Block(buf []byte) (Block, error) {
	var b Block
	for d.err == nil && len(b) == 0 {
		b, d.err = d.block(buf)
	}
	return b, d.err
}

// block reads the next block, or the end. It returns no records for a damaged block that is left out.
func (d *Reader) block(buf []byte) (Block, error) {
	var frame [frameSize]byte
	if err := d.full(frame[:4]); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(frame[:])
	if n == 0 {
		return nil, d.end()
	}
	if n > maxBlock {
		return nil, d.fault(fmt.Sprintf("the block that follows says that it has %d bytes, the limit is %d", n, maxBlock))
	}
	if err := d.full(frame[4:]); err != nil {
		return nil, err
	}
	if cap(buf) < int(n) {
		buf = make([]byte, n)
	}
	records := buf[:n]
	if err := d.full(records); err != nil {
		return nil, err
	}
	if stated := binary.LittleEndian.Uint32(frame[4:]); !d.sound(records, stated) {
		return nil, d.leaveOut(stated)
	}
	count, wrong := check(records)
	if wrong != "" {
		return nil, d.fault(wrong)
	}
	d.records += count
	d.offset += int64(frameSize + n)
	return records, nil
}

// sound continues the checksum by b and reports whether it is the stated one then.
func (d *Reader) sound(b []byte, stated uint32) bool {
	d.sum = crc32.Update(d.sum, castagnoli, b)
	if d.other != nil && d.sum != stated {
		d.sum = crc32.Update(*d.other, castagnoli, b)
	}
	d.other = nil
	return d.sum == stated
}

// leaveOut leaves a damaged block out. Either its records or its checksum is damaged, so that the next block continues the
// stated sum or the computed one.
func (d *Reader) leaveOut(stated uint32) error {
	err := d.fault("the block that follows is damaged")
	if d.Damaged == nil {
		return err
	}
	d.other = &stated
	d.Damaged(err)
	return nil
}

func (d *Reader) end() error {
	var end [endSize - 4]byte
	if err := d.full(end[:]); err != nil {
		return err
	}
	if !d.sound(end[:8], binary.LittleEndian.Uint32(end[8:])) {
		return d.fault("the end of the file is damaged")
	}
	n := binary.LittleEndian.Uint64(end[:])
	if d.Damaged != nil && n > d.records {
		d.lost = n - d.records
	} else if n != d.records {
		return d.fault(fmt.Sprintf("the file says that it has %d entries, and has %d", n, d.records))
	}
	d.offset += endSize
	switch n, err := io.ReadFull(d.r, end[:1]); {
	case n > 0:
		return d.fault("something follows the end of the dump")
	case err != io.EOF:
		return fmt.Errorf("reading the dump: %w", err)
	}
	return io.EOF
}

func (d *Reader) fault(what string) *Error { return &Error{Offset: d.offset, What: what} }

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
