package shadow

// Full is a simulation of a whole cache, to compare others with: its number of keys has no bound but memory.
type Full struct {
	b bank[uint32]
}

// NewFull returns the simulation of a cache of memory bytes under a rule, which is asked for at most keys different keys.
func NewFull(memory int64, keys int, r Rule) *Full {
	return &Full{newBank[uint32](memory, keys, Setup{r, 1})}
}

// Get asks for a key of size bytes, stores it if it is missing, and reports whether it was there.
func (f *Full) Get(hash uint64, size uint32) bool {
	before := f.b.counts[0].Hits
	f.b.Get(hash, size, true)
	return f.b.counts[0].Hits > before
}

// SetRule changes the policy as a cache does: what is held stays.
func (f *Full) SetRule(r Rule) { f.b.sims[0].setRule(r) }
