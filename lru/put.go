package lru

// Put stores value under key, over what was there, as the most recently used
// entry. expireAt is in milliseconds since the epoch, 0: never. It counts a set.
// It returns ErrEmptyKey, ErrTooLarge, or ErrNoSpace, after which key has no entry.
func (s *Shard) Put(h uint64, key, value []byte, expireAt, now int64) error {
	switch {
	case len(key) == 0:
		return ErrEmptyKey
	case len(key)+len(value) > MaxSize:
		return ErrTooLarge
	}
	s.now = now
	s.stats.sets++
	if off := s.find(h, key); off != 0 {
		if at := s.expiry(off); at != 0 && at <= now {
			s.stats.expirations++
		}
		if s.overwrite(off, key, value, expireAt) {
			return nil
		}
		s.drop(h, off)
	}
	return s.insert(h, key, value, expireAt)
}

// overwrite stores value in the entry at off when it fits the slots that the
// entry has, and reports whether it did.
func (s *Shard) overwrite(off uint32, key, value []byte, expireAt int64) bool {
	h := s.entry(off)
	old := s.shape(h.keyLen(), h.valueLen(), h.stamp&hasExpiry != 0)
	if old != s.shape(len(key), len(value), expireAt != 0) {
		return false
	}
	var first uint32
	if s.chained(h) {
		first = *s.linkOf(off, h)
	}
	s.countExpiry(h.stamp&hasExpiry != 0 && *s.expiryOf(off) != 0, expireAt != 0)
	s.stats.liveBytes += int64(len(value)) - int64(h.vlen)
	h.stamp = h.stamp&stampMask | s.mark
	h.vlen = uint16(len(value))
	s.writeExpiry(off, expireAt)
	if s.chained(h) {
		*s.linkOf(off, h) = first
	}
	s.writeBody(off, key, value)
	s.touch(off)
	return true
}

// insert adds an entry for key as the most recently used one. REQUIRES: key has no entry.
func (s *Shard) insert(h uint64, key, value []byte, expireAt int64) error {
	off, err := s.place(h, key, value, expireAt)
	if err == nil {
		s.pushFront(off)
	}
	return err
}

// place adds an entry for key to everything but the list. REQUIRES: key has no entry.
func (s *Shard) place(h uint64, key, value []byte, expireAt int64) (off uint32, err error) {
	if err := s.claimEntry(); err != nil {
		return 0, err
	}
	shape := s.shape(len(key), len(value), expireAt != 0)
	for {
		segments := s.segmentsNeeded(h)
		if err := s.makeRoom(demand{shape.class, shape.chunks, segments}); err != nil {
			s.shared.entries.release(s.stats.entries+1, 1)
			return 0, err
		}
		if segments > 0 {
			s.growIndex(h)
		} else if s.segmentOf(h).off() != 0 { // else the index went to make room
			break
		}
	}
	off = s.alloc(shape.class)
	e := s.entry(off)
	e.klen, e.vlen, e.stamp = uint16(len(key)-1), uint16(len(value)), s.mark
	s.writeExpiry(off, expireAt)
	if s.chained(e) {
		s.chain(off, shape.chunks)
	}
	s.writeBody(off, key, value)
	s.insertAt(s.segmentOf(h), h, off)
	s.stats.entries++
	s.stats.liveBytes += int64(len(key) + len(value))
	s.countExpiry(false, expireAt != 0)
	if d := s.shared.drain; d != nil {
		d.entries.Add(1)
	}
	return off, nil
}

// claimEntry gets leave for one entry more, from the budget or by evicting one.
func (s *Shard) claimEntry() error {
	if s.shared.drain != nil {
		s.payForEntry()
	}
	if s.shared.entries.claim(s.stats.entries) {
		return nil
	}
	// Take over the place of what is evicted rather than give it back and ask
	// again: another shard would get it, and entries would drift between shards.
	if !s.evict() {
		return s.shared.refused
	}
	s.shared.entries.take(s.stats.entries)
	return nil
}

// drop takes the entry at off, whose key has the hash h, out of everything.
func (s *Shard) drop(h uint64, off uint32) {
	if s.shared.drain != nil {
		s.uncount(off)
	}
	s.unindex(h, off)
	e := s.entry(off)
	s.unlink(e)
	s.shared.entries.release(s.stats.entries, 1)
	s.stats.entries--
	s.stats.liveBytes -= int64(e.size())
	s.countExpiry(s.expiry(off) != 0, false)
	if s.chained(e) {
		s.unchain(*s.linkOf(off, e))
	}
	s.free(off)
}

// SetExpiry sets when e, whose key has the hash h, expires: milliseconds since
// the epoch, 0: never. It marks e as used now and returns the entry that holds
// from now on. On an error, ErrNoSpace, the entry is gone.
func (s *Shard) SetExpiry(h uint64, e Entry, expireAt int64) (Entry, error) {
	off := uint32(e)
	if head := s.entry(off); head.stamp&hasExpiry != 0 || expireAt == 0 {
		if head.stamp&hasExpiry != 0 {
			s.countExpiry(*s.expiryOf(off) != 0, expireAt != 0)
			*s.expiryOf(off) = expireAt
			s.noteExpiry(off, expireAt)
		}
		s.touch(off)
		return e, nil
	}
	// The entry has no room for an expiry: write it anew.
	head := s.entry(off)
	klen, n := head.keyLen(), head.size()
	body := s.appendBody(s.copied[:0], off, 0, n)
	s.copied = body
	s.drop(h, off)
	if err := s.insert(h, body[:klen], body[klen:], expireAt); err != nil {
		return 0, err
	}
	return Entry(s.head), nil
}

// writeExpiry stores expireAt in an entry whose header says that it has none.
// REQUIRES: the entry's shape has room for it when it is not 0.
func (s *Shard) writeExpiry(off uint32, expireAt int64) {
	if expireAt != 0 {
		s.entry(off).stamp |= hasExpiry
		*s.expiryOf(off) = expireAt
		s.noteExpiry(off, expireAt)
	}
}

// noteExpiry keeps the promise of the page's minExpiry.
func (s *Shard) noteExpiry(off uint32, expireAt int64) {
	if pg := &s.pages[off>>s.pageUnitShift]; expireAt != 0 && expireAt < pg.minExpiry {
		pg.minExpiry = expireAt
	}
}

func (s *Shard) countExpiry(before, after bool) {
	if before {
		s.stats.expiring--
	}
	if after {
		s.stats.expiring++
	}
}
