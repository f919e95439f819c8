package shadow

// What a cache has was chosen over a long time. Simulations that begin beside it, as after a kill, have what came first, and those of
// LFU learn what is worth keeping the more slowly the larger they are. For sizes other than today's nobody sees that. So there are no
// predictions before there were some reads for each entry, and of what was counted the older part weighs less and less until then.

const (
	// settledReads is how many reads of the sample for each entry of a simulation of LFU are enough for what it keeps.
	settledReads = 60
	// lateGrowth is the factor by which the reads since the beginning grow from one time that all before weigh half to the next.
	lateGrowth = 1.25
)

// late is what a Curve knows of having begun beside a cache that was there before.
type late struct {
	on     bool
	level  uint    // of the bank at the last read
	reads  float64 // of the sample since then; as many less as the sample has become smaller
	next   float64 // with so many reads, those before are to weigh half
	fading bool    // they are, at the next Begin
}

// Late says that the cache was used for long before the bank was shown anything, as Miss says that it has entries.
func (c *Curve) Late() {
	c.late = late{on: true, level: c.bank.level, next: leastTrusted}
	c.Miss()
}

// countLate counts a read of the sample.
func (c *Curve) countLate() {
	l := &c.late
	if !l.on {
		return
	}
	for ; l.level < c.bank.level; l.level++ {
		l.reads /= 2
		l.next /= 2
	}
	if l.reads++; l.reads >= l.next {
		l.next = l.reads * lateGrowth
		l.fading = true
		l.on = !c.allSettled()
	}
}

// unsettled reports whether the simulation of this number may keep other keys than a cache of its size would.
func (c *Curve) unsettled(i int) bool {
	s := c.bank.sims[i]
	return c.late.on && s.rule.Kind == LFU && c.late.reads < settledReads*float64(s.entries())
}

// allSettled reports whether all simulations are full, and have been for long.
func (c *Curve) allSettled() bool {
	for _, s := range c.bank.sims {
		if !s.aboutFull() || c.late.reads < settledReads*float64(s.entries()) {
			return false
		}
	}
	return true
}

// Flush replays that the cache was emptied. The simulations lack nothing from then on; if they did until then, what was counted does not
// count.
func (c *Curve) Flush() {
	c.bank.Flush()
	c.late = late{}
	if c.cold || c.doubtful() {
		c.cold, c.caught, c.stale = false, true, true
	}
}

// doubtful reports whether a point is not given for what a simulation may not have been shown.
func (c *Curve) doubtful() bool {
	for _, lost := range c.lost {
		if lost > mostLost*c.bank.gets {
			return true
		}
	}
	return false
}
