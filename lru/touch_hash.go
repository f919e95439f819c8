package lru

// TouchHashes marks the entries of these hashes, whatever their keys, as used now, where there are any. It counts neither hits nor
// misses.
func (c Shards) TouchHashes(hashes []uint64) {
	for len(hashes) > 0 {
		batch := hashes[:min(len(hashes), MaxBatch)]
		hashes = hashes[len(batch):]
		c.Warm(batch)
		for _, h := range batch {
			c.touchHash(h)
		}
	}
}

func (c Shards) touchHash(h uint64) {
	s := c.Lock(h)
	defer s.Unlock()
	if off := s.index.FindAny(&s.mem, h); off != 0 {
		s.Touch(Entry(off))
	}
}
