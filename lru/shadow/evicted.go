package shadow

// Evicted says that the cache has evicted an entry of size bytes under a key of the hash, of the part of this number or of none. A larger cache
// would have it still. So the simulations of more memory get it as what is there for longest, if they have room but not the key, as they were
// not shown when it came.
func (c *Curve) Evicted(hash uint64, size uint32, number int) {
	if c.lost == nil || !Sampled(hash, c.bank.Threshold()) || !c.someRoom() {
		return
	}
	k := c.bank.hold(hash*spread, size, true, c.bank.known(number))
	if k == 0 {
		return
	}
	for i, s := range c.bank.sims {
		if c.bank.times[i] > 1 {
			s.putOldest(k)
		}
	}
	c.bank.keys.release(k)
}

// someRoom reports whether some simulation of more memory than today's may lack what it was not shown.
func (c *Curve) someRoom() bool {
	for i, s := range c.bank.sims {
		if c.bank.times[i] > 1 && !s.aboutFull() {
			return true
		}
	}
	return false
}

// putOldest stores k as what leaves next, if there is room for it.
func (s *simulation[N]) putOldest(k N) {
	part := int(s.keys.part[k])
	if s.in(k) != none || s.aboutFull() || s.held()+int64(s.keys.size[k]) > s.capacity || s.apart.atCeiling(part) {
		return
	}
	list := main
	if s.rule.Kind == S3FIFO { // until it is full, all are in the small queue
		list = window
	}
	s.keys.refs[k]++
	s.link(k, list)
	s.appendOldest(k, list)
	if s.rule.Kind == LFU {
		s.settle()
	}
}
