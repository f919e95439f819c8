package lru

// Stats has counters since New, and the current sizes.
type Stats struct {
	Hits, Misses int64 // of Get
	Sets         int64 // successful and failed calls of Put
	Deletes      int64 // calls of Remove
	Evictions    int64 // entries removed for room
	Expirations  int64 // entries removed because they had expired
	Entries      int64
	Expiring     int64 // entries that have an expiry
	LiveBytes    int64 // bytes of keys and values
	UsedBytes    int64 // memory held: LiveBytes, headers, index, allocator waste
	MaxEntries   int64 // 0: no bound
	MaxMemory    int64 // bytes, 0: no bound
	Shards       int
}

// lost reports whether entries have left the cache for room, or are about to after its limits were lowered.
func (s *Stats) lost() bool {
	return s.Evictions > 0 || s.MaxMemory > 0 && s.UsedBytes > s.MaxMemory || s.MaxEntries > 0 && s.Entries > s.MaxEntries
}

// Stats adds up the shards one after another; it is exact only while the cache is not used.
func (c *Cache) Stats() Stats {
	c.sums.Lock()
	defer c.sums.Unlock()
	return c.stats()
}

// stats is Stats. REQUIRES: Cache.sums is held.
func (c *Cache) stats() Stats {
	n := c.past
	st := Stats{MaxEntries: c.maxEntries, MaxMemory: c.maxMemory, Shards: len(c.table.Load().shards)}
	for _, t := range c.tables() {
		for i := range t.shards {
			s := &t.shards[i]
			s.mu.Lock()
			n.add(&s.stats)
			st.UsedBytes += s.mem.HeldBytes() + s.beside() + s.order.MemoryBytes()
			st.Entries += s.entries()
			s.mu.Unlock()
		}
	}
	st.Hits, st.Misses, st.Sets, st.Deletes = n.hits, n.misses, n.sets, n.deletes
	st.Evictions, st.Expirations = n.evictions, n.expirations
	st.Expiring, st.LiveBytes = n.expiring, n.liveBytes
	return st
}

// add adds the counts of o to n.
func (n *counters) add(o *counters) {
	n.hits += o.hits
	n.misses += o.misses
	n.sets += o.sets
	n.expiring += o.expiring
	n.liveBytes += o.liveBytes
	n.deletes += o.deletes
	n.evictions += o.evictions
	n.expirations += o.expirations
}

// beside is the bytes that the shard uses beside its pages: page descriptors and the directory of the index.
func (s *Shard) beside() int64 {
	return s.mem.DescriptorBytes() + s.index.DirectoryBytes()
}

// Len is the number of entries, including expired ones that are not removed yet.
func (c *Cache) Len() int64 { return c.Stats().Entries }
