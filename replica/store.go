package replica

import (
	"errors"
	"sync/atomic"

	"github.com/cachegopher/cachegopher/lru"
)

// Store is what replication wants of a node's store. Walk may be called from any
// goroutine; of the others one at a time.
type Store interface {
	// Apply carries out records.
	Apply(records []byte) error
	// Walk appends records of a piece of the store to dst: from cursor on, until
	// they come to about limit bytes. It returns the cursor to go on from; 0 begins,
	// and is returned at the end. at is what cut returned: it is called while the
	// piece cannot change. cut may be nil.
	Walk(dst []byte, cursor uint64, limit int, cut func() uint64) (records []byte, next, at uint64)
	// Unite is a step of putting all entries in one generation; BeginGeneration and
	// Sweep work like those of lru.Shards.
	Unite(cursor uint64) (next uint64)
	BeginGeneration()
	Sweep(cursor uint64) (next uint64)
	Flush()
	// Size is how many entries there are, and the bytes of their keys and values.
	Size() (entries, bytes int64)
}

// CacheStore is an lru.Cache as replication sees it.
type CacheStore struct {
	cache  lru.Shards
	batch  [lru.MaxBatch]record
	hashes [lru.MaxBatch]uint64
	absent atomic.Int64
}

// NewCacheStore returns the store of c.
func NewCacheStore(c *lru.Cache) *CacheStore { return &CacheStore{cache: c.Shards()} }

// Apply implements Store. It decodes a batch of records ahead, so that their
// cache misses overlap.
func (s *CacheStore) Apply(records []byte) error {
	for len(records) > 0 {
		n := 0
		for n < lru.MaxBatch && len(records) > 0 {
			r, size, err := decodeRecord(records)
			if err != nil {
				return err
			}
			s.batch[n] = r
			s.hashes[n] = s.cache.Hash(r.key)
			records = records[size:]
			n++
		}
		if n > 1 {
			s.cache.WarmInserts(s.hashes[:n])
			s.cache.Warm(s.hashes[:n])
		}
		now := s.cache.Now()
		for i := range s.batch[:n] {
			if err := s.apply(&s.batch[i], s.hashes[i], now); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *CacheStore) apply(r *record, h uint64, now int64) error {
	if r.op == opFlush {
		s.cache.Flush()
		return nil
	}
	shard := s.cache.Lock(h)
	defer shard.Unlock()
	if r.op == opDelete {
		if e, ok := shard.Peek(h, r.key, now); ok {
			shard.Remove(h, e)
		} else {
			s.absent.Add(1)
		}
		return nil
	}
	// One without room for the entry leaves the key out, as an eviction would.
	if err := shard.Put(h, r.key, r.value, r.expireAt, now); err != nil && !errors.Is(err, lru.ErrNoSpace) {
		return err
	}
	return nil
}

// AbsentDeletes is how many records deleted a key that was not there: it was
// evicted or expired at one of the two ends. Many of them say that the budgets
// of the two differ.
func (s *CacheStore) AbsentDeletes() int64 { return s.absent.Load() }

// Walk implements Store.
func (s *CacheStore) Walk(dst []byte, cursor uint64, limit int, cut func() uint64) (records []byte, next, at uint64) {
	start := len(dst)
	next = s.cache.Visit(cursor, s.cache.Now(), func(sh lru.Reader, e lru.Entry, key []byte) {
		var head [recordHead + 8]byte
		expireAt := sh.Expiry(e)
		n := putHead(head[:], setOp(expireAt), len(key), sh.Len(e), expireAt)
		dst = append(dst, head[:n]...)
		dst = append(dst, key...)
		dst = sh.AppendValue(dst, e)
	}, func() bool { return len(dst)-start >= limit }, func() {
		if cut != nil {
			at = cut()
		}
	})
	return dst, next, at
}

// walkStep is how many entries are looked at in a step of Unite or Sweep.
const walkStep = 1024

// Unite implements Store.
func (s *CacheStore) Unite(cursor uint64) uint64 { return s.cache.Unite(cursor, walkStep) }

// BeginGeneration implements Store.
func (s *CacheStore) BeginGeneration() { s.cache.BeginGeneration() }

// Sweep implements Store.
func (s *CacheStore) Sweep(cursor uint64) uint64 {
	next, _ := s.cache.Sweep(cursor, walkStep)
	return next
}

// Flush implements Store.
func (s *CacheStore) Flush() { s.cache.Flush() }

// Size implements Store.
func (s *CacheStore) Size() (entries, bytes int64) {
	st := s.cache.Stats()
	return st.Entries, st.LiveBytes
}
