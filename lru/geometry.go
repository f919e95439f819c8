package lru

import (
	"fmt"
	"math/bits"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/policy"
)

// geometry has the sizes derived from the budgets; it is constant once the shards are built.
type geometry struct {
	shards    int
	shardBits uint
	pageShift uint // log2 of a page's bytes
	reserve   int64
	classes   *memory.Classes // of pages of that size
}

const (
	shardTarget   = 32 << 20 // bytes of budget a shard should have
	maxAutoShards = 256
	// In a file, a shard that is being changed when the process dies is lost. So there are more of them, enough that one has
	// less than a hundredth of the entries. With still more, what shards have beside entries would not fit the first-level
	// cache.
	keptTarget = 4 << 20
	keptShards = 128
	maxShards  = 1024
)

// plan derives the geometry from the budgets.
func (o Options) plan() geometry {
	g := geometry{shards: o.Shards}
	if g.shards == 0 {
		g.shards = autoShards(o.MaxEntries, o.MaxMemory, o.Shared != nil)
	}
	g.shardBits = uint(bits.TrailingZeros(uint(g.shards)))

	// About a thousand pages a shard, so that the partly filled pages of all size classes are a small part of the budget.
	g.pageShift = 15
	if o.MaxMemory > 0 {
		g.pageShift = uint(bits.Len64(uint64(o.MaxMemory) / uint64(g.shards) / 1024))
	}
	g.pageShift = min(max(g.pageShift, memory.MinPageShift), memory.MaxPageShift)
	g.classes = memory.NewClasses(g.pageShift)

	// Addresses cost nothing: reserve enough that a budget raised at run time, or an uneven spread over the shards, never meets
	// the end of the range.
	total := 4 * max(AvailableMemory(), o.MaxMemory)
	g.reserve = min(max(total/int64(g.shards), 4*MinMemory), memory.MaxReserve)
	g.reserve = (g.reserve + memory.CommitStep - 1) &^ (memory.CommitStep - 1)
	return g
}

// autoShards is the number of shards for these budgets, in a file if kept.
func autoShards(maxEntries, maxMemory int64, kept bool) int {
	n := int64(maxAutoShards)
	if maxMemory > 0 {
		n = min(n, maxMemory/shardTarget)
		if kept {
			n = max(n, min(keptShards, maxMemory/keptTarget))
		}
		// A handful of event loops should seldom meet at one lock.
		if maxMemory >= 64<<20 {
			n = max(n, 16)
		}
	}
	if maxEntries > 0 {
		n = min(n, maxEntries/policy.ExactEntries)
	}
	if n < 1 {
		return 1
	}
	return 1 << (bits.Len64(uint64(n)) - 1)
}

// pagesIn is how many pages fit in a byte budget, beside the directories of the index.
func (g geometry) pagesIn(maxMemory int64) int64 {
	return (maxMemory - maxMemory/directoryShare) / (1<<g.pageShift + memory.PageCost)
}

// fits returns an error if the budgets do not suit the number of shards.
func (g geometry) fits(o Options) error {
	if g.shards == 1 {
		return nil
	}
	if o.MaxEntries > 0 && o.MaxEntries < 8*int64(g.shards) {
		return fmt.Errorf("lru: %d entries are too few for %d shards, at least 8 a shard are needed", o.MaxEntries, g.shards)
	}
	pages := g.pagesIn(o.MaxMemory - besideEntries(o.Policy, o.MaxMemory))
	if o.MaxMemory > 0 && guarantee(pages, int64(g.shards)) < g.classes.LeastPages(MaxSize) {
		return fmt.Errorf("lru: MaxMemory of %d bytes is too small for %d shards; leave Shards 0 to have it chosen", o.MaxMemory, g.shards)
	}
	return nil
}

// serves reports whether a table of geometry g serves budgets whose plan is want. Half of want's addresses are enough,
// since they are four times the budget.
func (g geometry) serves(want geometry) bool {
	return g.shards == want.shards && g.pageShift == want.pageShift && 2*g.reserve >= want.reserve
}

// Entries that move to a new table because of other budgets are lost if the process dies meanwhile. So a table in a file
// is kept even where a new one would be made differently, if both have at least tolerantFrom shards, and neither the
// number of shards nor the size of a page differs by more than the factor mostUnlike. A page for each shard may not take
// more than that many times what is planned either, since each size class of each shard has a page that is partly filled.
const (
	tolerantFrom = 16
	mostUnlike   = 8
)

// suits reports whether a table in a file, of geometry g, is kept for the budgets of o, whose plan is want: more often than
// serves.
func (g geometry) suits(want geometry, o Options) bool {
	alike := func(a, b int) bool { return a <= mostUnlike*b && b <= mostUnlike*a }
	return min(g.shards, want.shards) >= tolerantFrom &&
		alike(g.shards, want.shards) && alike(1<<g.pageShift, 1<<want.pageShift) &&
		g.shards<<g.pageShift <= mostUnlike*want.shards<<want.pageShift &&
		g.fits(o) == nil &&
		2*g.reserve*int64(g.shards) >= want.reserve*int64(want.shards)
}
