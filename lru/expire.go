package lru

import "time"

// expiry is when the entry at off expires, 0: never.
func (s *Shard) expiry(off uint32) int64 {
	if s.entry(off).stamp&hasExpiry == 0 {
		return 0
	}
	return *s.expiryOf(off)
}

// expired reports whether the entry at off has expired, and removes it then.
func (s *Shard) expired(h uint64, off uint32, now int64) bool {
	s.now = now
	if at := s.expiry(off); at == 0 || at > now {
		return false
	}
	s.stats.expirations++
	s.drop(h, off)
	return true
}

// sweep looks for pages that may hold expired entries, from where it stopped
// last, and removes those entries. It looks at no more than pages page
// descriptors and visits no more than visits pages. It reports how many entries
// it saw and removed, and whether it has been all round the shard.
func (s *Shard) sweep(now int64, pages, visits int) (seen, removed int, round bool) {
	s.now = now
	if s.stats.expiring == 0 {
		return 0, 0, true
	}
	for ; pages > 0 && visits > 0; pages-- {
		if s.sweepPage++; s.sweepPage >= uint32(len(s.pages)) {
			s.sweepPage = 0
			return seen, removed, true
		}
		pg := &s.pages[s.sweepPage]
		if pg.minExpiry > now || int(pg.class) >= len(s.table.sizes) {
			continue
		}
		visits--
		n, r := s.sweepOne(s.sweepPage, now)
		seen, removed = seen+n, removed+r
	}
	return seen, removed, false
}

// sweepOne removes the expired entries of page p and renews its minExpiry.
func (s *Shard) sweepOne(p uint32, now int64) (seen, removed int) {
	least := int64(noExpiry)
	s.slots(p, func(off uint32) {
		seen++
		switch at := s.expiry(off); {
		case at == 0:
		case at <= now:
			removed++
			s.stats.expirations++
			s.drop(s.hashOf(off), off)
		default:
			least = min(least, at)
		}
	})
	// The last removal may have closed the page; a merge of segments may even
	// have opened it again for another class.
	if pg := &s.pages[p]; pg.minExpiry != noExpiry {
		pg.minExpiry = least
	}
	return seen, removed
}

// Limits of one background step, so that no request waits long for a shard.
const (
	sweepPages    = 4096 // page descriptors looked at under one lock
	sweepVisits   = 4    // pages visited under one lock
	dirtyStep     = 1 << 20
	shrinkStep    = 4
	sparePages    = 8 // free pages that a shard keeps, beside a sixteenth of all
	sweepDuty     = 4 // percent of the time that the search may take while it finds little
	backgroundGap = 100 * time.Millisecond
	restGap       = time.Second // while no entry expires; idle times are noted this often
)

// Step does one round of the background work: moves entries to new shards after
// SetLimits, removes expired entries, gives flushed memory back, and shrinks to a
// smaller budget. It holds each shard's
// lock only for short steps, and stops after about limit; the next call goes on
// with the next shard. It reports whether calling it again at once is worth while:
// where little has expired, the search for it goes on slowly, at the next calls.
// A cache without NoBackground calls it by itself.
func (c *Cache) Step(limit time.Duration) (more bool) {
	start := time.Now()
	if c.moveEntries(limit) {
		return true
	}
	t := c.table.Load()
	for range t.shards {
		s := &t.shards[int(c.stepped.Add(1))%len(t.shards)]
		for again := true; again; {
			again = s.step(c.Now())
			if time.Since(start) > limit {
				return true
			}
		}
	}
	return false
}

// step does a bounded piece of a shard's background work and reports whether
// another one is worth while at once.
func (s *Shard) step(now int64) bool {
	s.mu.Lock()
	defer s.unlockAndTell()
	if s.state == retired {
		return false
	}
	s.idle.note(s.moves, now)
	seen, removed, round := s.sweep(now, sweepPages, sweepVisits)
	more := s.releaseDirty() || s.shrink(shrinkStep) || s.trimEntries()
	if s.freeCount > sparePages && int64(s.freeCount) > s.held/16 {
		s.coolPage()
		more = true
	}
	return more || !round && (removed*4 > seen || seen == 0)
}

// releaseDirty gives back memory that a flush left behind, from the top down.
func (s *Shard) releaseDirty() bool {
	top := uint32(len(s.pages))
	if s.dirtyTop <= top {
		s.dirtyTop = 0
		return false
	}
	from := max(top, s.dirtyTop-min(s.dirtyTop, uint32(dirtyStep/unit>>s.pageUnitShift)))
	s.mem.release(from<<s.pageUnitShift, s.dirtyTop<<s.pageUnitShift)
	s.dirtyTop = from
	return from > top
}

// trimEntries evicts a few entries while the entry budget is exceeded.
func (s *Shard) trimEntries() bool {
	for range 256 {
		if !s.shared.entries.exceeded(s.stats.entries) {
			return false
		}
		if !s.evict() {
			return false
		}
	}
	return true
}
