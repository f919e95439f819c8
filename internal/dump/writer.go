package dump

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"time"
)

// Writer writes a file. It is for one goroutine. After an error the file is useless.
type Writer struct {
	w       io.Writer
	block   []byte // room for the frame, then records
	sum     uint32
	records uint64
	written int64
}

// NewWriter begins a file with now as its time of writing.
func NewWriter(w io.Writer, now time.Time) (*Writer, error) {
	head := []byte(magic)
	head = binary.LittleEndian.AppendUint16(head, version)
	head = binary.LittleEndian.AppendUint16(head, 0)
	head = binary.LittleEndian.AppendUint64(head, uint64(max(now.UnixMilli(), 0)))
	d := &Writer{w: w, sum: crc32.Checksum(head, castagnoli)}
	head = binary.LittleEndian.AppendUint32(head, d.sum)
	d.block = make([]byte, frameSize, fullAt+MaxItem+64)
	return d, d.write(head)
}

// Write adds an entry. It fails on an empty key and on one that is too large.
func (d *Writer) Write(e Entry) error {
	r := Record{Key: []byte(e.Key), Value: e.Value}
	if !e.Expire.IsZero() {
		r.ExpireAt = max(e.Expire.UnixMilli(), 1)
	}
	if err := d.Add(r); err != nil {
		return err
	}
	if d.Full() {
		return d.Flush()
	}
	return nil
}

// Add adds a record to the block in memory, and so needs no I/O. It fails as Write does. The caller must Flush once the
// block is Full.
func (d *Writer) Add(r Record) error {
	if n := len(r.Key) + len(r.Value); len(r.Key) == 0 || n > MaxItem {
		return fmt.Errorf("an entry has a key of %d and a value of %d bytes; the key has at least one, both together %d at most", len(r.Key), len(r.Value), MaxItem)
	}
	d.block = binary.AppendUvarint(d.block, uint64(len(r.Key)))
	d.block = binary.AppendUvarint(d.block, uint64(len(r.Value)))
	d.block = binary.AppendUvarint(d.block, uint64(max(r.ExpireAt, 0)))
	d.block = append(d.block, r.Key...)
	d.block = append(d.block, r.Value...)
	d.records++
	return nil
}

// Full reports whether the block in memory is to be written.
func (d *Writer) Full() bool { return len(d.block) >= fullAt }

// Flush writes the block in memory.
func (d *Writer) Flush() error {
	records := d.block[frameSize:]
	if len(records) == 0 {
		return nil
	}
	d.sum = crc32.Update(d.sum, castagnoli, records)
	binary.LittleEndian.PutUint32(d.block, uint32(len(records)))
	binary.LittleEndian.PutUint32(d.block[4:], d.sum)
	err := d.write(d.block)
	d.block = d.block[:frameSize]
	return err
}

// Close writes the remaining entries and the end. It does not close the underlying
// writer.
func (d *Writer) Close() error {
	if err := d.Flush(); err != nil {
		return err
	}
	end := binary.LittleEndian.AppendUint32(nil, 0)
	end = binary.LittleEndian.AppendUint64(end, d.records)
	d.sum = crc32.Update(d.sum, castagnoli, end[4:])
	return d.write(binary.LittleEndian.AppendUint32(end, d.sum))
}

func (d *Writer) write(b []byte) error {
	n, err := d.w.Write(b)
	d.written += int64(n)
	return err
}

// Records is the number of entries so far.
func (d *Writer) Records() uint64 { return d.records }

// Written is the number of bytes passed to the underlying writer.
func (d *Writer) Written() int64 { return d.written }
