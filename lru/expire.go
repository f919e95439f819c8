package lru

import "time"

// expired reports whether the entry at off has expired, and removes it then.
func (s *Shard) expired(h uint64, off uint32, now int64) bool {
	s.now = now
	if at := s.mem.Expiry(off); at == 0 || at > now {
		return false
	}
	s.countExpired(h)
	s.dropOne(h, off)
	return true
}

// countExpired counts that an entry whose key has the hash h goes because its time has come. The simulations know of no
// times: they would go on to answer reads of the key.
func (s *Shard) countExpired(h uint64) {
	s.stats.expirations++
	if w := s.shared.watch; w.samples(h) {
		w.remove(h)
	}
}

// sweep removes expired entries within the bounds that memory.Sweep has.
func (s *Shard) sweep(now int64, pages, visits int) (seen, removed int, round bool) {
	s.now = now
	if s.stats.expiring == 0 {
		return 0, 0, true
	}
	return s.mem.Sweep(now, pages, visits, func(off uint32) {
		h := s.index.HashOf(&s.mem, off)
		s.countExpired(h)
		s.dropOne(h, off)
	})
}

// Limits of one background step, so that no request waits long for a shard.
const (
	sweepPages    = 4096 // page descriptors looked at under one lock
	sweepVisits   = 4    // pages visited under one lock
	shrinkStep    = 4
	sparePages    = 8 // free pages that a shard keeps, or a sixteenth of its pages if that is more
	sweepDuty     = 4 // percent of the time that the search for expired entries may take while it finds few
	backgroundGap = 100 * time.Millisecond
	restGap       = time.Second // between rounds while no entry has an expiry; idle times are noted this often
)

// step is Shards.Step.
func (c *Cache) step(limit time.Duration) (more bool) {
	start := time.Now()
	if c.moveEntries(limit) {
		return true
	}
	t := c.table.Load()
	for range t.shards {
		s := &t.shards[int(c.stepped.Add(1))%len(t.shards)]
		for again := true; again; {
			again = s.step(c.clock())
			if time.Since(start) > limit {
				return true
			}
		}
	}
	return false
}

// step does a bounded part of a shard's background work and reports whether to continue at once.
func (s *Shard) step(now int64) bool {
	s.mu.Lock()
	defer s.unlockAndTell()
	if s.state == retired {
		return false
	}
	s.idle.Note(&s.order, now)
	seen, removed, round := s.sweep(now, sweepPages, sweepVisits)
	more := s.countMore() || s.trimPrefixes() || s.mem.ReleaseDirty() || s.shrink(shrinkStep) || s.trimEntries()
	if free := s.mem.FreePages(); free > sparePages && free > s.mem.Held()/16 {
		s.coolPage() // holds nothing, so it is no change
		more = true
	}
	return more || !round && (removed*4 > seen || seen == 0)
}

// trimEntries evicts a few entries while the entry budget is exceeded.
func (s *Shard) trimEntries() bool {
	for range 256 {
		if !s.shared.entries.exceeded(s.entries()) {
			return false
		}
		if !s.evictOne() {
			return false
		}
	}
	return true
}

// SetExpiry sets when e, whose key has the hash h, expires: milliseconds since the epoch, 0: never. It marks e as used
// now and returns the entry that holds from now on. The errors are ErrFull, after which nothing has changed, and
// ErrNoSpace, after which the entry is gone.
func (s *Shard) SetExpiry(h uint64, e Entry, expireAt int64) (Entry, error) {
	s.mem.Begin()
	off, err := s.setExpiry(h, uint32(e), expireAt)
	s.mem.End()
	return Entry(off), err
}

// setExpiry is SetExpiry within a change.
func (s *Shard) setExpiry(h uint64, off uint32, expireAt int64) (uint32, error) {
	expired := s.mem.Expiry(off) != 0
	if s.mem.SetExpiry(off, expireAt) {
		s.countExpiry(expired, expireAt != 0)
		s.order.Hit(&s.mem, off, h)
		return off, nil
	}
	// The entry has no room for an expiry: write it anew.
	head := s.mem.Entry(off)
	klen, n := head.KeyLen(), head.Size()
	body := s.mem.Append(s.copied[:0], off, 0, n)
	s.copied = body
	if err := s.rewrite(write{room: (*Shard).makeRoomBeyond}, h, off, body[:klen], body[klen:], expireAt); err != nil {
		return 0, err
	}
	return s.index.Find(&s.mem, h, body[:klen]), nil
}

func (s *Shard) countExpiry(before, after bool) {
	if before {
		s.stats.expiring--
	}
	if after {
		s.stats.expiring++
	}
}
