package replica

import (
	"errors"
	"fmt"
	"math/bits"
	"sync"
	"sync/atomic"
)

// Log keeps the latest effects of a primary's changes in a bounded ring of bytes.
// Its methods may be called from any goroutine; those that take a hash REQUIRE
// the lock of the shard that owns it, see the package's document.
type Log struct {
	stages []stage     // a power of two
	shift  uint8       // what of a hash chooses the stage
	armed  atomic.Bool // the next change calls wake
	wake   func()
	_      [128]byte // what loops read is not on a line with what readers of the log write

	size int // bytes of the ring
	mu   sync.Mutex
	ring []byte // nil: nothing has been logged
	end  uint64 // offset after the last record
	from uint64 // no offset before it can be read
}

// Locks are taken in the order: a shard, its stage, Log.mu.

const (
	// Stages for each goroutine that logs at once, and the most there are: enough for
	// two to seldom want the same one, and few, since each one's end is a line of
	// memory that a record is written to.
	stagesEach = 8
	minStages  = 16
	maxStages  = 64
	// stageSize is how many bytes wait in a stage before it is merged by whoever
	// fills it.
	stageSize = 32 << 10
	// stageHot is how many bytes in one stage make the log worth reading at once.
	stageHot = 8 << 10
	// MinLog is the smallest log, in bytes: a few of the largest records.
	MinLog = 256 << 10
)

// stage holds records that are not in the ring yet.
type stage struct {
	mu  sync.Mutex
	buf []byte
	_   [96]byte // keeps stages out of each other's cache lines
}

// errFellOff says that the log does not reach back to an offset any more.
var errFellOff = errors.New("the log does not reach back far enough")

// NewLog returns an empty log of size bytes, for about so many goroutines that log
// at once.
func NewLog(size, writers int) (*Log, error) {
	if size < MinLog {
		return nil, fmt.Errorf("replication log: %d bytes, the least is %d", size, MinLog)
	}
	stages := uint(min(max(writers*stagesEach, minStages), maxStages))
	shift := uint8(64 - bits.Len(stages-1))
	l := &Log{size: size, wake: func() {}, stages: make([]stage, 1<<(64-shift)), shift: shift}
	for i := range l.stages {
		l.stages[i].buf = make([]byte, 0, stageSize)
	}
	return l, nil
}

// Set logs that key has value until expireAt, in milliseconds since the epoch; 0: for good.
func (l *Log) Set(h uint64, key, value []byte, expireAt int64) {
	l.add(h, setOp(expireAt), key, value, expireAt)
}

// Delete logs that key is gone.
func (l *Log) Delete(h uint64, key []byte) { l.add(h, opDelete, key, nil, 0) }

func (l *Log) add(h uint64, o op, key, value []byte, expireAt int64) {
	s := &l.stages[h>>l.shift]
	s.mu.Lock()
	had := len(s.buf)
	if had+recordHead+8+len(key)+len(value) > stageSize {
		l.spill(s, o, key, value, expireAt)
	} else {
		b := s.buf[:had+recordHead+8]
		b = b[:had+putHead(b[had:], o, len(key), len(value), expireAt)]
		b = append(b, key...)
		s.buf = append(b, value...)
	}
	hot := had < stageHot && len(s.buf) >= stageHot
	s.mu.Unlock()
	if hot || l.armed.Load() && l.armed.CompareAndSwap(true, false) {
		l.wake()
	}
}

// spill makes room by merging s, and writes the record to the ring itself when it
// is large. REQUIRES s.mu.
func (l *Log) spill(s *stage, o op, key, value []byte, expireAt int64) {
	var head [recordHead + 8]byte
	n := putHead(head[:], o, len(key), len(value), expireAt)
	l.mu.Lock()
	l.write(s.buf)
	l.write(head[:n])
	l.write(key)
	l.write(value)
	l.mu.Unlock()
	s.buf = s.buf[:0]
}

// Flush logs that everything is gone. REQUIRES: every shard is locked.
func (l *Log) Flush() {
	l.Merge()
	var head [recordHead + 8]byte
	n := putHead(head[:], opFlush, 0, 0, 0)
	l.mu.Lock()
	l.write(head[:n])
	l.mu.Unlock()
	l.armed.Store(false)
	l.wake()
}

// write appends b to the ring. REQUIRES mu.
func (l *Log) write(b []byte) {
	if l.ring == nil {
		l.ring = make([]byte, l.size)
	}
	size := uint64(l.size)
	n := copy(l.ring[l.end%size:], b)
	copy(l.ring, b[n:])
	l.end += uint64(len(b))
	if l.end-l.from > size {
		l.from = l.end - size
	}
}

// Merge brings everything logged so far into the ring and returns the offset
// after it. Under the lock of a shard: everything logged for keys of that shard.
func (l *Log) Merge() (end uint64) {
	for i := range l.stages {
		s := &l.stages[i]
		s.mu.Lock()
		if len(s.buf) > 0 {
			l.mu.Lock()
			l.write(s.buf)
			l.mu.Unlock()
			s.buf = s.buf[:0]
		}
		s.mu.Unlock()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.end
}

// Read appends up to limit bytes from offset on to dst.
func (l *Log) Read(dst []byte, offset uint64, limit int) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if offset < l.from || offset > l.end {
		return dst, fmt.Errorf("%w: offset %d is not within %d to %d", errFellOff, offset, l.from, l.end)
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

// Bounds are the first offset that can be read, and the one after the last record
// in the ring.
func (l *Log) Bounds() (from, end uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.from, l.end
}

// Size is the bytes of the ring.
func (l *Log) Size() int { return l.size }

// StartAt makes the log empty, its next record at offset. REQUIRES: nothing is
// logged meanwhile.
func (l *Log) StartAt(offset uint64) {
	l.Merge()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.from, l.end = offset, offset
}

// release gives the ring's memory back until something is logged. All records are gone.
func (l *Log) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ring, l.from = nil, l.end
}

// arm asks for a call of wake at the next change. Whoever arms must merge and look
// once more afterwards.
func (l *Log) arm() { l.armed.Store(true) }
