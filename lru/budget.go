package lru

import "sync/atomic"

// budget divides one limit among shards. Each shard may hold its guarantee without asking. An eighth of the limit is
// common, so that a shard to which the hash gave more keys than to others need not evict while others have room. A
// shard writes to shared memory only once it has used up its guarantee.
type budget struct {
	total  int64 // the whole limit, in pages or entries; constant between calls of set
	each   int64 // guarantee of a shard
	_      [cacheLine - 16]byte
	common atomic.Int64 // rest of the common part; negative after a cut, until shards have shrunk
	_      [cacheLine - 8]byte
}

// share sets a new limit for shards that hold the amounts in held.
// REQUIRES: all shards are locked.
func (b *budget) share(total int64, held []int64) {
	n := int64(len(held))
	b.total = total
	b.each = guarantee(total, n)
	common := total - n*b.each
	for _, h := range held {
		common -= max(0, h-b.each)
	}
	b.common.Store(common)
}

// guarantee is the part of total reserved for each of n shards.
func guarantee(total, n int64) int64 {
	each := total / n
	if n > 1 {
		each -= each / 8
	}
	return each
}

// claim asks for one more than held and reports whether it was granted.
func (b *budget) claim(held int64) bool {
	if held < b.each {
		return true
	}
	for {
		left := b.common.Load()
		if left <= 0 {
			return false
		}
		if b.common.CompareAndSwap(left, left-1) {
			return true
		}
	}
}

// release gives n back of held.
func (b *budget) release(held, n int64) {
	if over := min(n, held-b.each); over > 0 {
		b.common.Add(over)
	}
}

// exceeded reports whether a shard that holds held must shrink.
func (b *budget) exceeded(held int64) bool {
	return held > b.each && b.common.Load() < 0
}

// take grants one more than held even if nothing is left: the caller has just released one and reuses it.
func (b *budget) take(held int64) {
	if held >= b.each {
		b.common.Add(-1)
	}
}

// overdraft is the divisor of the part of a limit by which it may be exceeded.
const overdraft = 16

// overdraw grants one more than held beyond the limit, up to a 16th of it.
func (b *budget) overdraw(held int64) bool {
	if held < b.each {
		return true
	}
	if b.common.Add(-1) >= -max(b.total/overdraft, 1) {
		return true
	}
	b.common.Add(1)
	return false
}

// free lifts the limit for good; from now on the drain counts what these shards hold.
// REQUIRES: all shards are locked.
func (b *budget) free() { b.total, b.each = unbounded, unbounded }
