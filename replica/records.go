package replica

// ErrFellOff means that a log no longer has the records after an offset.
var ErrFellOff = errFellOff

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

// AppendSetHead appends a record that stores a value, up to the value. The caller appends the value, of that many bytes.
func AppendSetHead(dst, key []byte, value int, expireAt int64) []byte {
	var head [recordHead + 8]byte
	n := putHead(head[:], setOp(expireAt), len(key), value, expireAt)
	return append(append(dst, head[:n]...), key...)
}

// ReadRecords appends whole records from offset on to dst: up to limit bytes, or one record that is longer, and none at or
// after end. REQUIRES: offset and end are boundaries between records, as Merge returns them.
func (l *Log) ReadRecords(dst []byte, offset, end uint64, limit int) ([]byte, error) {
	from := len(dst)
	for {
		b, err := l.Read(dst, offset, int(min(end-offset, uint64(limit))))
		if err != nil {
			return dst, err
		}
		if n := wholeRecords(b[from:], limit); n > 0 || len(b) == from {
			return b[:from+n], nil
		}
		if limit >= maxRecord {
			return dst, errRecord
		}
		limit = maxRecord
	}
}

// WholeRecords returns the length of the whole records at the front of b that fit in limit bytes; the first one counts even if it
// is longer.
func WholeRecords(b []byte, limit int) int { return wholeRecords(b, limit) }
