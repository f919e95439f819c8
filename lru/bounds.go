package lru

import (
	"sync/atomic"

	"github.com/cachegopher/cachegopher/lru/prefix"
)

// Floors and ceilings hold for the whole cache, however unevenly the hash spreads a prefix: shards add what their entries
// take to sums that they share. A shard adds its changes once they exceed a step, a part of the bound so small that all
// shards together know the sum to a 64th of the bound or better. For a bound too small to be divided so, it adds each
// change.
//
// A prefix is protected until it has an eighth more than its floor; then it is not, until it is down to its floor again.
// So at most once in that many bytes, searches begin anew at the oldest entries, which were passed over while they were
// protected.

// bounds are the floor and the ceiling of a prefix.
type bounds struct {
	min, max atomic.Int64 // bytes; 0: none
	used     atomic.Int64 // as far as shards have added their changes
	step     atomic.Int64
}

const (
	stepPart = 1 << 16 // divisor of the bound: a 64th for 1024 shards
	neverAdd = 1 << 62 // the step without bounds
)

// set sets the floor and the ceiling.
func (b *bounds) set(least, most int64) {
	b.min.Store(least)
	b.max.Store(most)
	step := int64(neverAdd)
	for _, bound := range [...]int64{least, most} {
		if bound > 0 {
			step = min(step, bound/stepPart)
		}
	}
	b.step.Store(step)
}

// use adds bytes that a shard has taken to the sum for the prefix i.
func (p *prefixes) use(i int, bytes int64) {
	b := &p.keys[i].bounds
	p.judge(i, b.used.Add(bytes))
}

// judge notes whether the prefix i, which has used bytes, is protected.
func (p *prefixes) judge(i int, used int64) {
	floor, bit := p.keys[i].min.Load(), uint32(1)<<i
	switch is := p.protected.Load()&bit != 0; {
	case !is && floor > 0 && used <= floor:
		p.protected.Or(bit)
	case is && (floor == 0 || used > floor+floor/prefix.SlackPart):
		p.protected.And(^bit)
		p.released.Add(1)
	}
}

// addPending adds the changes of the prefix i that the shard has not added yet, if they are a step.
func (a *apart) addPending(i int) {
	if n, step := a.pending[i], a.of.keys[i].step.Load(); n > step || -n > step {
		a.pending[i] = 0
		a.of.use(i, n)
	}
}

// addAllPending adds the changes of all prefixes, as addPending does. a may be nil.
func (a *apart) addAllPending() {
	if a != nil {
		for i := range a.of.keys {
			a.addPending(i)
		}
	}
}

// close adds all changes of a shard that is given up, which has no entries. a may be nil.
func (a *apart) close() {
	if a == nil {
		return
	}
	for i := range a.of.keys {
		a.of.use(i, a.pending[i])
		a.pending[i] = 0
	}
}

// keeps reports whether the entry at off is of a protected prefix.
func (s *Shard) keeps(off uint32) bool {
	protected := s.apart.of.protected.Load()
	if protected == 0 {
		return false
	}
	i := s.prefixOf(off)
	return i != none && protected>>i&1 != 0
}

// seekAnew begins the search for unprotected entries anew if a prefix has stopped being protected. s.apart may be nil.
func (s *Shard) seekAnew() {
	if a := s.apart; a != nil {
		if now := a.of.released.Load(); now != a.released {
			a.released = now
			s.order.SeekAnew()
		}
	}
}

// makeRoomBelow evicts entries of key's prefix if it would be above its ceiling with so many more bytes. If it finds too
// few among the entries that it looks at, the others go later. Under a policy that evicts nothing, the error is ErrFull.
// The caller's offsets become invalid.
func (s *Shard) makeRoomBelow(key []byte, more int64) error {
	a := s.apart
	if a == nil {
		return nil
	}
	i := a.of.match(key)
	if i == none || a.over(i, more) <= 0 {
		return nil
	}
	if s.order.Refuses() {
		s.evictExpired()
		if a.over(i, more) > 0 {
			return ErrFull
		}
		return nil
	}
	for n := prefix.MostOwn; n > 0 && a.over(i, more) > 0 && s.evictOwn(i); n-- {
	}
	return nil
}

// over is how many bytes the prefix i would have above its ceiling with so many more.
func (a *apart) over(i int, more int64) int64 {
	b := &a.of.keys[i].bounds
	ceiling := b.max.Load()
	if ceiling == 0 {
		return 0
	}
	return b.used.Load() + a.pending[i] + more - ceiling
}

// evictOwn evicts an entry of the prefix i, and reports whether it found one.
func (s *Shard) evictOwn(i int) bool {
	off := s.order.Seek(&s.mem, 1+i, func(off uint32) bool { return s.prefixOf(off) == i })
	if off != 0 {
		s.evictAt(off)
	}
	return off != 0
}

// trimPrefixes evicts some entries of prefixes that are above their ceilings, and reports whether it evicted any.
func (s *Shard) trimPrefixes() (trimmed bool) {
	a := s.apart
	if a == nil || s.order.Refuses() {
		return false
	}
	a.addAllPending()
	for i := range a.of.keys {
		s.mem.Begin()
		for n := prefix.MostOwn; n > 0 && a.over(i, 0) > 0 && s.evictOwn(i); n-- {
			trimmed = true
		}
		s.mem.End()
	}
	return trimmed
}
