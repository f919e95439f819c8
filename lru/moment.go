package lru

// Moment is a state of the order of use of all shards. It puts entries in order for a walk in several passes, while their
// use goes on: what has not been used since keeps its age. See Shards.Moment.
type Moment struct {
	t    *table   // nil: every age is 0
	uses []uint32 // that each shard had counted
}

// Moment returns the present state of the order of use. While entries move to a new table, because of SetLimits, there is
// none: every age is 0.
func (c Shards) Moment() *Moment {
	t := c.table.Load()
	m := &Moment{t: t, uses: make([]uint32, len(t.shards))}
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		m.uses[i] = s.order.Uses()
		moves := s.state != settled
		s.mu.Unlock()
		if moves { // an entry that arrives later would get an age
			return &Moment{}
		}
	}
	return m
}

// Age is how many uses were noted in e's shard after that of e, which r was passed with, and before the moment. It
// never grows: it is 0 for an entry that was used since, or that has another shard now because SetLimits made a new table.
// Shards have about equally many uses, so that ages of entries in different shards can be compared.
func (m *Moment) Age(r Reader, e Entry) uint32 {
	if m.t == nil {
		return 0
	}
	i := r.hash >> m.t.shardShift
	if &m.t.shards[i] != r.s {
		return 0
	}
	return r.s.order.AgeAt(r.s.mem.Entry(uint32(e)).Stamp(), m.uses[i])
}

// Each calls fn for the entries whose keys have the hash h: more than one only if hashes collide. Expired ones are left
// out. fn may not change the shard; r, e and key are valid only during the call.
func (s *Shard) Each(h uint64, now int64, fn func(r Reader, e Entry, key []byte)) {
	s.scanBucket(h, h, h, now, fn)
}
