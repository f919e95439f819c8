package lru

import (
	"math"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
)

// Generations replace the contents of a cache by those of another one without emptying it: begin a generation, store
// everything that the other has, then sweep away entries not stored since. One bit of each entry says in which of two
// generations it was last stored.

// BeginGeneration makes all entries stored so far the old generation.
// REQUIRES: all of them have the same generation, as they do after a finished Sweep, after a finished walk of Unite, and
// in a cache that never began a generation.
func (c Shards) BeginGeneration() {
	c.eachShard(func(s *Shard) { s.mem.SetGeneration(s.mem.Generation ^ memory.GenerationBit) })
}

// Sweep is one step of a walk that removes the entries of the old generation. It starts at cursor, 0 at first, and
// returns the cursor for the next step, 0 at the end. A step looks at about count entries of one shard, under its lock.
// Entries stored during the walk stay. removed is the number of entries removed; they do not count as deletes.
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
				h := s.index.HashOf(&s.mem, uint32(e))
				if w := s.shared.watch; w.samples(h) {
					w.remove(h)
				}
				s.dropOne(h, uint32(e))
			}
			removed += len(old)
			old = old[:0]
		},
	})
	return next, removed
}

// Unite is one step of a walk, like Sweep, that gives all entries the same generation, to abandon a generation that was begun and
// not swept. Nothing may be stored until the walk ends.
func (c Shards) Unite(cursor uint64, count int) (next uint64) {
	return c.visit(cursor, math.MinInt64, visitor{
		fn: func(r Reader, e Entry, _ []byte) {
			r.s.mem.Entry(uint32(e)).SetGeneration(r.s.mem.Generation)
		},
		enough: func(seen int) bool { return seen >= count },
	})
}

// FlushThen empties the cache like Flush, and calls then before it unlocks the shards, so that no change comes between
// the two. then must not call the cache.
func (c Shards) FlushThen(then func()) {
	c.limits.Lock()
	defer c.limits.Unlock()
	c.lockEach()
	for _, t := range c.tables() {
		for i := range t.shards {
			t.shards[i].reset()
		}
	}
	c.watch.flush()
	then()
	c.unlockEach()
	c.nudge()
}
