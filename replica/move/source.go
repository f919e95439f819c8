package move

import (
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/ring"
)

// source is what a Giver sends from.
type source interface {
	// walk appends a piece of the store, from cursor on, as records of the entries that belong to the slots. at is the log's
	// offset at which the piece was read; next is 0 at the end.
	walk(dst []byte, cursor uint64) (records []byte, next, at uint64)
	// read appends records of the log that belong to the slots, of a part from offset to, at most, end. next is the offset
	// after that part. flushed: everything before next is gone.
	read(dst []byte, offset, end uint64) (records []byte, next uint64, flushed bool, err error)
	// end is the offset after the last record of the log.
	end() uint64
}

const (
	// pieceSize is about how many bytes are read from the store under one hold of a shard's lock, so that no writer waits long.
	pieceSize = 16 << 10
	// readSize is about how many bytes of the log are searched in one step.
	readSize = 64 << 10
)

// nodeSource is the source of a node.
type nodeSource struct {
	cache lru.Shards
	log   *replica.Log
	slots ring.SlotSet
	buf   []byte // of read
}

func (s *nodeSource) walk(dst []byte, cursor uint64) (records []byte, next, at uint64) {
	start := len(dst)
	next = s.cache.Visit(cursor, s.cache.Now(), func(r lru.Reader, e lru.Entry, key []byte) {
		if s.slots.HasKey(key) {
			dst = replica.AppendSetHead(dst, key, r.Len(e), r.Expiry(e))
			dst = r.AppendValue(dst, e)
		}
	}, func() bool { return len(dst)-start >= pieceSize }, func() {
		if len(dst) > start {
			at = s.log.Merge()
		}
	})
	return dst, next, at
}

func (s *nodeSource) read(dst []byte, offset, end uint64) (records []byte, next uint64, flushed bool, err error) {
	if s.buf, err = s.log.ReadRecords(s.buf[:0], offset, end, readSize); err != nil {
		return dst, offset, false, err
	}
	for b := s.buf; len(b) > 0; {
		r, n, err := replica.DecodeRecord(b)
		if err != nil {
			return dst, offset, false, err
		}
		switch {
		case r.Note: // for this group's secondaries
		case r.Flush():
			flushed = true
		case s.slots.HasKey(r.Key):
			dst = append(dst, b[:n]...)
		}
		b = b[n:]
		offset += uint64(n)
	}
	return dst, offset, flushed, nil
}

func (s *nodeSource) end() uint64 { return s.log.Merge() }
