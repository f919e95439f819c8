package lru

import (
	"math"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
)

// Generations let a cache be brought to the contents of another one in place:
// begin a generation, store everything that the other has, and sweep away what
// was not stored since. Every entry carries one bit that says in which of two
// generations it was last stored.

// BeginGeneration makes every entry stored so far one of the old generation.
// REQUIRES: all of them are of one generation. That is so after a finished
// Sweep, after a finished walk of Unite, and in a cache that never began one.
func (c Shards) BeginGeneration() {
	c.eachShard(func(s *Shard) { s.mem.Generation ^= memory.GenerationBit })
}

// Sweep removes entries of the old generation, from cursor on, and returns the
// cursor to go on from; 0 begins, and is returned at the end. It looks at about
// count entries, under one shard's lock at a time. Entries that are stored
// meanwhile stay. removed is how many it removed; they do not count as deletes.
func (c Shards) Sweep(cursor uint64, count int) (next uint64, removed int) {
	var old []Entry
	next = c.visit(cursor, math.MinInt64, visitor{
		fn: func(r Reader, e Entry, _ []byte) {
			if r.s.mem.Entry(uint32(e)).Generation() != r.s.mem.Generation {
				old = append(old, e)
			}
		},
		enough: func(seen int) bool { return seen >= count },
		done: func(s *Shard) {
			for _, e := range old {
				s.drop(s.index.HashOf(&s.mem, uint32(e)), uint32(e))
			}
			removed += len(old)
			old = old[:0]
		},
	})
	return next, removed
}

// Unite gives up a generation that was begun and not swept: entries from cursor on
// become of one generation. It walks like Sweep; until the walk is over nothing
// may be stored.
func (c Shards) Unite(cursor uint64, count int) (next uint64) {
	return c.visit(cursor, math.MinInt64, visitor{
		fn: func(r Reader, e Entry, _ []byte) {
			r.s.mem.Entry(uint32(e)).SetGeneration(r.s.mem.Generation)
		},
		enough: func(seen int) bool { return seen >= count },
	})
}

// FlushThen empties the cache like Flush, and calls then while every shard is
// still locked, so that no change comes between the two. then must not call the cache.
func (c Shards) FlushThen(then func()) {
	c.limits.Lock()
	defer c.limits.Unlock()
	c.lockEach()
	for _, t := range c.tables() {
		for i := range t.shards {
			t.shards[i].reset()
		}
	}
	then()
	c.unlockEach()
	c.nudge()
}
