package replica

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cachegopher/cachegopher/lru"
)

// op is the operation of a record.
type op uint8

const (
	opSet        op = 1 + iota // key has value, without an expiry
	opSetExpires               // key has value until a time
	opDelete                   // key is gone
	opFlush                    // everything is gone
	opNote                     // the store stays as it is; value is for MemberOptions.Noted
)

// A record is, all little endian:
//
//	op       1 byte
//	key      3 bytes: its length
//	value    4 bytes: its length
//	expiry   8 bytes, opSetExpires only: milliseconds since 1970
//	key, value
const (
	recordHead = 8
	// maxRecord is the length of the longest record.
	maxRecord = recordHead + 8 + lru.MaxSize
)

var errRecord = errors.New("broken record")

// record is a decoded record; its slices alias what it was decoded from.
type record struct {
	op         op
	key, value []byte
	expireAt   int64
}

// putHead writes the fixed part of a record to b, which must have room for 16
// bytes, and returns its length.
func putHead(b []byte, o op, key, value int, expireAt int64) int {
	binary.LittleEndian.PutUint64(b, uint64(o)|uint64(key)<<8|uint64(value)<<32)
	if o != opSetExpires {
		return recordHead
	}
	binary.LittleEndian.PutUint64(b[recordHead:], uint64(expireAt))
	return recordHead + 8
}

// setOp returns the op that stores a value with this expiry.
func setOp(expireAt int64) op {
	if expireAt != 0 {
		return opSetExpires
	}
	return opSet
}

// AppendSetHead appends a record that stores a value, up to the value. The caller appends the value, of that many bytes.
func AppendSetHead(dst, key []byte, value int, expireAt int64) []byte {
	var head [recordHead + 8]byte
	n := putHead(head[:], setOp(expireAt), len(key), value, expireAt)
	return append(append(dst, head[:n]...), key...)
}

// recordLen returns the length of the record at the front of b; 0: its head is
// incomplete or broken.
func recordLen(b []byte) int {
	if len(b) < recordHead {
		return 0
	}
	w := binary.LittleEndian.Uint64(b)
	n := recordHead + int(w>>8&0xffffff) + int(w>>32)
	if op(w) == opSetExpires {
		n += 8
	}
	if n > maxRecord || op(w) < opSet || op(w) > opNote {
		return 0
	}
	return n
}

// WholeRecords returns the length of the whole records at the front of b that fit in limit bytes; the first one counts
// even if it is longer.
func WholeRecords(b []byte, limit int) int {
	n := 0
	for {
		size := recordLen(b[n:])
		if size == 0 || n+size > len(b) || n > 0 && n+size > limit {
			return n
		}
		n += size
	}
}

// decodeRecord decodes the record at the front of b and returns its length.
func decodeRecord(b []byte) (r record, n int, err error) {
	n = recordLen(b)
	if n == 0 || n > len(b) {
		return r, 0, fmt.Errorf("%w: %d bytes left", errRecord, len(b))
	}
	w := binary.LittleEndian.Uint64(b)
	r.op = op(w)
	at := recordHead
	if r.op == opSetExpires {
		r.expireAt = int64(binary.LittleEndian.Uint64(b[at:]))
		at += 8
	}
	klen := int(w >> 8 & 0xffffff)
	r.key, r.value = b[at:at+klen], b[at+klen:n]
	if (klen == 0) != (r.op >= opFlush) {
		return r, 0, fmt.Errorf("%w: a key of %d bytes", errRecord, klen)
	}
	return r, n, nil
}

// Record is a decoded record for other packages. Its slices alias the bytes that it was decoded from.
type Record struct {
	Key, Value []byte // without a key it is a flush or a note
	ExpireAt   int64  // milliseconds since 1970; 0: never
	Deleted    bool   // the key is gone
	Note       bool   // the store stays as it is; Value is what Log.Note was called with
}

// Flush reports whether everything is gone.
func (r *Record) Flush() bool { return len(r.Key) == 0 && !r.Note }

// DecodeRecord decodes the record at the front of b and returns its length.
func DecodeRecord(b []byte) (Record, int, error) {
	r, n, err := decodeRecord(b)
	return Record{Key: r.key, Value: r.value, ExpireAt: r.expireAt, Deleted: r.op == opDelete, Note: r.op == opNote}, n, err
}
