package replica

import (
	"fmt"
	"math/bits"
	"sync"
	"sync/atomic"
)

// Log keeps the latest effects of a primary's changes in a bounded ring of bytes.
// Its methods may be called from any goroutine. Those that take a hash REQUIRE
// the lock of the shard that owns it: see the package documentation.
type Log struct {
	stages []stage     // their number is a power of two
	shift  uint8       // a hash shifted right by it is its stage's index
	armed  atomic.Bool // the next change calls wake
	wake   func()
	_      [128]byte // keeps the fields above, which event loops read, out of cache lines that readers of the log write

	size   int // bytes of the ring
	mu     sync.Mutex
	ledger *Ledger // counts the records; nil: none
	ring   []byte  // nil: nothing has been logged
	end    uint64  // offset after the last record
	from   uint64  // no offset before it can be read
	// marks are the latest offsets at which a record began, at some distance from each other: see boundary.
	marks [2 * logMarks]uint64
}

// Lock order: a shard, its stage, Log.mu.

const (
	// stagesEach is the number of stages for each goroutine that logs at once, within the
	// bounds that follow. Many stages make contention rare; few keep the cache lines at
	// their ends, where records are written, in the cache.
	stagesEach = 8
	minStages  = 16
	maxStages  = 64
	// stageSize is the capacity of a stage in bytes. The goroutine that fills it merges it.
	stageSize = 32 << 10
	// stageHot is the number of bytes in one stage at which readers of the log are woken.
	stageHot = 8 << 10
	// MinLog is the least size of a log in bytes: it holds a few of the largest records.
	MinLog = 256 << 10
)

// stage holds records that are not in the ring yet.
type stage struct {
	mu     sync.Mutex
	buf    []byte
	logged *uint64  // counts its records, in the ledger; nil: none
	_      [88]byte // keeps stages out of each other's cache lines
}

// NewLog returns an empty log of size bytes. writers is about the number of goroutines that log at the same time.
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

// Set logs that key has value until expireAt, in milliseconds since 1970; 0: without an expiry.
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
		if s.logged != nil {
			*s.logged++
		}
	}
	hot := had < stageHot && len(s.buf) >= stageHot
	s.mu.Unlock()
	if hot || l.armed.Load() && l.armed.CompareAndSwap(true, false) {
		l.wake()
	}
}

// spill merges s, which has no room for the record, and writes the record to the ring.
// REQUIRES s.mu.
func (l *Log) spill(s *stage, o op, key, value []byte, expireAt int64) {
	var head [recordHead + 8]byte
	n := putHead(head[:], o, len(key), len(value), expireAt)
	if s.logged != nil {
		*s.logged++
	}
	l.mu.Lock()
	l.merge(s)
	if l.ledger != nil {
		l.ledger.enterOne(l.end, n+len(key)+len(value))
	}
	l.write(head[:n])
	l.write(key)
	l.write(value)
	l.mark()
	l.mu.Unlock()
}

// merge brings the records of s into the ring. REQUIRES s.mu and mu.
func (l *Log) merge(s *stage) {
	if l.ledger != nil {
		l.ledger.enter(l.end, s.buf)
	}
	l.write(s.buf)
	s.buf = s.buf[:0]
}

// Flush logs that everything is gone. REQUIRES: every shard is locked.
func (l *Log) Flush() {
	l.addLast(opFlush, nil)
}

// Note logs something that is no change of the store: secondaries pass it to MemberOptions.Noted after the changes that were
// logged before, and before those that follow. Members of earlier releases end the stream at a note. payload is not retained;
// it may have at most lru.MaxSize bytes.
func (l *Log) Note(payload []byte) { l.addLast(opNote, payload) }

// addLast writes a record without a key to the ring, after everything logged so far.
func (l *Log) addLast(o op, value []byte) {
	l.Merge()
	s := &l.stages[0]
	s.mu.Lock()
	l.spill(s, o, nil, value, 0)
	s.mu.Unlock()
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
// after it. A caller that holds a shard's lock can rely on that for the shard's keys only.
func (l *Log) Merge() (end uint64) {
	for i := range l.stages {
		s := &l.stages[i]
		s.mu.Lock()
		if len(s.buf) > 0 {
			l.mu.Lock()
			l.merge(s)
			l.mark()
			l.mu.Unlock()
		}
		s.mu.Unlock()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.end
}
