package replica

import (
	"errors"
	"fmt"
)

// ErrFellOff means that a log no longer has the records after an offset.
var ErrFellOff = errors.New("the log does not reach back far enough")

// logMarks is about how many marks lie within the ring.
const logMarks = 16

// mark notes that a record begins at the end. REQUIRES mu.
func (l *Log) mark() {
	if last := l.marks[0]; l.end < last || l.end-last >= uint64(l.size/logMarks) {
		copy(l.marks[1:], l.marks[:])
		l.marks[0] = l.end
	}
}

// boundary returns the first offset, not before at, at which a record is known to begin; the end, if there is none.
func (l *Log) boundary(at uint64) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	best := l.end
	for _, m := range l.marks {
		if m >= at && m < best {
			best = m
		}
	}
	return best
}

// Read appends up to limit bytes from offset on to dst.
func (l *Log) Read(dst []byte, offset uint64, limit int) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if offset < l.from || offset > l.end {
		return dst, fmt.Errorf("%w: offset %d is not within %d to %d", ErrFellOff, offset, l.from, l.end)
	}
	n := min(uint64(limit), l.end-offset)
	if n == 0 {
		return dst, nil
	}
	at := offset % uint64(l.size)
	first := min(n, uint64(l.size)-at)
	dst = append(dst, l.ring[at:at+first]...)
	return append(dst, l.ring[:n-first]...), nil
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
		if n := WholeRecords(b[from:], limit); n > 0 || len(b) == from {
			return b[:from+n], nil
		}
		if limit >= maxRecord {
			return dst, errRecord
		}
		limit = maxRecord
	}
}

// Bounds returns the first offset that can be read, and the offset after the last
// record in the ring.
func (l *Log) Bounds() (from, end uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.from, l.end
}

// Size returns the size of the ring in bytes.
func (l *Log) Size() int { return l.size }

// arm requests a call of wake at the next change. The caller must merge once more
// afterwards, since a change may have come before.
func (l *Log) arm() { l.armed.Store(true) }
