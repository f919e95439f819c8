package lru

// Stats is a count of everything since New, and of what the cache holds now.
type Stats struct {
	Hits, Misses int64 // of Get
	Sets         int64 // successful and failed calls of Put
	Deletes      int64 // calls of Remove
	Evictions    int64 // entries removed for room
	Expirations  int64 // entries removed because their time had come
	Entries      int64
	Expiring     int64 // entries that have an expiry
	LiveBytes    int64 // bytes of keys and values
	UsedBytes    int64 // memory held: LiveBytes, headers, index, allocator waste
	MaxEntries   int64 // 0: no bound
	MaxMemory    int64 // bytes, 0: no bound
	Shards       int
}

// Stats sums up the shards one after another; it is exact only while nobody
// else uses the cache.
func (c *Cache) Stats() Stats {
	c.limits.Lock()
	st := Stats{MaxEntries: c.maxEntries, MaxMemory: c.maxMemory, Shards: len(c.shards)}
	c.limits.Unlock()
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		n := s.stats
		st.UsedBytes += s.held*unit<<s.pageUnitShift + s.beside()
		s.mu.Unlock()
		st.Hits += n.hits
		st.Misses += n.misses
		st.Sets += n.sets
		st.Deletes += n.deletes
		st.Evictions += n.evictions
		st.Expirations += n.expirations
		st.Entries += n.entries
		st.Expiring += n.expiring
		st.LiveBytes += n.liveBytes
	}
	return st
}

// beside is the bytes that the shard takes beside its pages: their descriptors
// and the directory of the index.
func (s *Shard) beside() int64 {
	return int64(len(s.pages))*pageCost + int64(len(s.dir.Load().segs))*8
}

// Len is the number of entries, expired ones that are not reclaimed yet included.
func (c *Cache) Len() int64 { return c.Stats().Entries }
