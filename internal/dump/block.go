package dump

import (
	"encoding/binary"
	"fmt"
)

// Block is the unread records of a block. They have been checked.
type Block []byte

// Next returns the next record, whose slices are those of the block; ok is false after the last one.
func (b *Block) Next() (r Record, ok bool) {
	if len(*b) == 0 {
		return r, false
	}
	r, n, _ := record(*b)
	*b = (*b)[n:]
	return r, true
}

// records is the number of the records.
func (b Block) records() (n uint64) {
	for {
		if _, ok := b.Next(); !ok {
			return n
		}
		n++
	}
}

// check returns the number of records in b, or what is wrong with one.
func check(b []byte) (records uint64, wrong string) {
	for len(b) > 0 {
		_, n, wrong := record(b)
		if wrong != "" {
			return records, wrong
		}
		b = b[n:]
		records++
	}
	return records, ""
}

// record decodes the record at the front of b and returns its length, or a description
// of its fault.
func record(b []byte) (r Record, n int, wrong string) {
	var field [3]uint64
	for i := range field {
		v, k := binary.Uvarint(b[n:])
		if k <= 0 {
			return r, 0, "a record is cut off in its lengths"
		}
		field[i] = v
		n += k
	}
	key, value, expire := field[0], field[1], field[2]
	switch {
	case key == 0 || key > MaxItem || value > MaxItem-key:
		return r, 0, fmt.Sprintf("a record says that it has a key of %d and a value of %d bytes", key, value)
	case key+value > uint64(len(b)-n):
		return r, 0, "a record does not fit its block"
	case expire > 1<<62:
		return r, 0, "a record has an invalid expiry"
	}
	middle, end := n+int(key), n+int(key+value)
	return Record{Key: b[n:middle:middle], Value: b[middle:end:end], ExpireAt: int64(expire)}, end, ""
}
