package move

import (
	"math"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/ring"
)

// Remover removes the entries of slots in steps, each as a logged delete. One goroutine at a time may use it, and nobody
// may store entries of these slots meanwhile.
type Remover struct {
	cache   lru.Shards
	log     *replica.Log // nil: the deletes are not logged
	slots   ring.SlotSet
	cursor  uint64
	over    bool
	keys    []byte // of one step, one after another
	ends    []int  // of each key in keys
	removed int64
}

// NewRemover returns a Remover that has not removed anything.
func NewRemover(c *lru.Cache, log *replica.Log, slots *ring.SlotSet) *Remover {
	return &Remover{cache: c.Shards(), log: log, slots: *slots}
}

// Step looks at about count entries, of at most 128 of the store's buckets, under one hold of a shard's lock, and removes
// those that belong to the slots, one lock each. It reports whether there is more to do.
func (r *Remover) Step(count int) (more bool) {
	if r.over {
		return false
	}
	r.keys, r.ends = r.keys[:0], r.ends[:0]
	seen := 0
	r.cursor = r.cache.Visit(r.cursor, math.MinInt64, func(_ lru.Reader, _ lru.Entry, key []byte) {
		if seen++; r.slots.HasKey(key) {
			r.keys = append(r.keys, key...)
			r.ends = append(r.ends, len(r.keys))
		}
	}, func() bool { return seen >= count }, func() {})
	now, from := r.cache.Now(), 0
	for _, end := range r.ends {
		r.remove(r.keys[from:end], now)
		from = end
	}
	r.over = r.cursor == 0
	return !r.over
}

func (r *Remover) remove(key []byte, now int64) {
	h := r.cache.Hash(key)
	shard := r.cache.Lock(h)
	defer shard.Unlock()
	if e, ok := shard.Peek(h, key, now); ok {
		shard.Remove(h, e)
		r.removed++
	}
	if r.log != nil { // also if it has been evicted meanwhile: the secondaries may have it
		r.log.Delete(h, key)
	}
}

// Walked is the part of the store that has been looked at, 0 to 1.
func (r *Remover) Walked() float64 {
	if r.over {
		return 1
	}
	return float64(r.cursor) / (1 << 56)
}

// Removed is the number of entries removed so far.
func (r *Remover) Removed() int64 { return r.removed }
