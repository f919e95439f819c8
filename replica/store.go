package replica

import (
	"errors"
	"sync/atomic"

	"github.com/cachegopher/cachegopher/lru"
)

// Store is what replication needs of the node's store. Walk may be called from any
// goroutine; the other methods are called by one goroutine at a time.
type Store interface {
	// Apply carries out whole records. It calls noted with each note, in order with the changes of the store; nil: none.
	Apply(records []byte, noted func(payload []byte)) error
	// Walk appends records of a piece of the store to dst: from cursor on, about
	// limit bytes. A walk begins with cursor 0 and is over when next is 0. While the
	// piece cannot change Walk calls cut and returns its result in at. cut may be nil.
	Walk(dst []byte, cursor uint64, limit int, cut func() uint64) (records []byte, next, at uint64)
	// Unite is one step of moving all entries to one generation. BeginGeneration and
	// Sweep work like those of lru.Shards.
	Unite(cursor uint64) (next uint64)
	BeginGeneration()
	Sweep(cursor uint64) (next uint64)
	Flush()
	// Size returns the number of entries and the bytes of their keys and values.
	Size() (entries, bytes int64)
}

// CacheStore implements Store for an lru.Cache.
type CacheStore struct {
	cache  lru.Shards
	batch  [lru.MaxBatch]record
	hashes [lru.MaxBatch]uint64
	absent atomic.Int64
}

// NewCacheStore returns the store of c.
func NewCacheStore(c *lru.Cache) *CacheStore { return &CacheStore{cache: c.Shards()} }

// Apply implements Store. It decodes a batch of records before it applies them, so
// that their cache misses overlap.
func (s *CacheStore) Apply(records []byte, noted func(payload []byte)) error {
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
			s.cache.Warm(s.hashes[:n])
		}
		now := s.cache.Now()
		for i := range s.batch[:n] {
			r := &s.batch[i]
			if r.op == opNote {
				if noted != nil {
					noted(r.value)
				}
				continue
			}
			if err := s.apply(r, s.hashes[i], now); err != nil {
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
	// A store without room for the entry drops the key, as an eviction would, also if it evicts nothing: the value before
	// would be wrong by now.
	if err := shard.PutOrRemove(h, r.key, r.value, r.expireAt, now); err != nil && !errors.Is(err, lru.ErrNoSpace) {
		return err
	}
	return nil
}

// AbsentDeletes counts records that deleted an absent key: it had been evicted or had
// expired here. Many of them mean that the memory budgets of the two nodes differ.
func (s *CacheStore) AbsentDeletes() int64 { return s.absent.Load() }

// Walk implements Store.
func (s *CacheStore) Walk(dst []byte, cursor uint64, limit int, cut func() uint64) (records []byte, next, at uint64) {
	start := len(dst)
	next = s.cache.Visit(cursor, s.cache.Now(), func(sh lru.Reader, e lru.Entry, key []byte) {
		dst = AppendSetHead(dst, key, sh.Len(e), sh.Expiry(e))
		dst = sh.AppendValue(dst, e)
	}, func() bool { return len(dst)-start >= limit }, func() {
		if cut != nil {
			at = cut()
		}
	})
	return dst, next, at
}

// walkStep is the number of entries that one step of Unite or Sweep visits.
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
