package lru

// TouchHash marks the entry of this hash, whatever its key, as used now, if there is one. It counts neither a hit nor a miss.
func (c Shards) TouchHash(h uint64) {
	s := c.Lock(h)
	defer s.Unlock()
	if off := s.index.FindAny(&s.mem, h); off != 0 {
		s.Touch(Entry(off))
	}
}
