package shadow

// Times are the multiples of today's memory at which a Curve predicts.
func Times() []float64 { return []float64{.5, .75, 1, 1.25, 1.5, 2, 4} }

// Curve predicts hit ratios over memory, for one rule.
type Curve struct {
	bank *Bank

	all    reads     // of any key
	parts  []reads   // of the keys of each part
	cold   bool      // the bank has begun anew: it misses what the cache still has, which must not count in the end
	caught bool      // it is no longer cold since it answers as the cache does: gaps do not make it so again
	lost   []float64 // of each simulation since then: misses while it had room left, which may be of what it was not shown
	stale  bool      // something was forgotten other than by Begin
	late   late

	keeps         []bool  // of keys of no part, and of each part: the bank has been shown all that the cache has evicted, and it refused nothing
	coldReads     int     // reads while cold that were looked at
	behind, ahead float64 // of these, the ones that only the cache answered, or only the simulation of today's memory
}

// curveKeys keep a Curve below 2 MB.
const curveKeys = 16000

// NewCurve returns one for a cache of memory bytes under a rule.
func NewCurve(memory int64, rule Rule) *Curve {
	var setups []Setup
	for _, t := range Times() {
		setups = append(setups, Setup{rule, t})
	}
	c := &Curve{bank: NewBank(memory, curveKeys, setups...)}
	c.bank.groups = newParts(groupsOfSample, len(setups))
	c.bank.useSketches(rule.Kind == LFU)
	return c
}

// Bank is where the requests go.
func (c *Curve) Bank() *Bank { return c.bank }

// SetRule says that the cache has this rule from now on.
func (c *Curve) SetRule(r Rule) {
	for _, s := range c.bank.sims {
		s.setRule(r)
	}
	c.bank.useSketches(r.Kind == LFU)
}

// Follow says what rule and how many bytes the cache has from now on. After a change it forgets what was counted so far,
// which was of other rules or sizes. It reports whether the bank begins anew, with keys that it was not shown before.
func (c *Curve) Follow(r Rule, memory int64) (anew bool) {
	if c.bank.sims[0].rule == r && c.bank.memory == memory {
		return false
	}
	c.SetRule(r)
	if anew = c.bank.Resize(memory); anew {
		c.caught = false
		c.Late()
	}
	c.forget()
	return anew
}

func (c *Curve) forget() { c.weigh(0) }

// Stale reports whether what was counted is to count less or not at all, with Account and Begin: only then the sample and what is
// accounted are of the same time.
func (c *Curve) Stale() bool { return c.stale || c.late.fading }

// Begin forgets what was counted so far, or a part of it, if Stale. The caller has called Account and AccountPart just before.
func (c *Curve) Begin() {
	if c.stale {
		c.forget()
	} else if c.late.fading {
		c.Fade()
	}
	c.stale, c.late.fading = false, false
}

// weigh multiplies what was counted so far.
func (c *Curve) weigh(by float64) {
	c.bank.weigh(by)
	c.all.weigh(by)
	for i := range c.parts {
		c.parts[i].weigh(by)
	}
	for i := range c.lost {
		c.lost[i] *= by
	}
}

// Account says how many reads of any key the cache has had, and how many of them hit. The caller calls it before Ratios.
func (c *Curve) Account(hits, reads float64) {
	c.all.account(hits, reads)
}

// Before says how many reads of any key the cache had before it showed any, and how many of them hit: they do not count.
func (c *Curve) Before(hits, reads float64) {
	c.Account(hits, reads)
	c.all.weigh(0)
}

// Fade makes what was counted so far weigh half as much beside what follows.
func (c *Curve) Fade() { c.weigh(.5) }

// Ratios returns the hit ratios at Times, and of how many reads of the sample they are. Doubts says which of them are of use.
//
// A sample has a smaller share of the reads than of the keys if too few of the often used ones are in it, or a larger one.
// What it lacks are reads that hit, with little memory, too: as many as make it hit as often as the cache did. (SHARDS-adj
// adds them, too, but by the number of reads.)
func (c *Curve) Ratios() (ratios []float64, reads float64) {
	return c.all.ratios(c.hits(), c.bank.gets, c.bank.held), c.bank.gets
}

// hits are those of each simulation.
func (c *Curve) hits() (all []float64) {
	for _, n := range c.bank.counts {
		all = append(all, n.Hits)
	}
	return all
}

// reads are those that the cache has had of some keys.
type reads struct {
	hits, reads         float64 // as far as they count
	lastHits, lastReads float64 // that account was told of
}

// account says how many there have been, and how many of them hit.
func (n *reads) account(hits, reads float64) {
	n.hits += hits - n.lastHits
	n.reads += reads - n.lastReads
	n.lastHits, n.lastReads = hits, reads
}

// weigh multiplies those that count so far.
func (n *reads) weigh(by float64) {
	n.hits *= by
	n.reads *= by
}

// ratios are Ratios by a sample of these reads: of its gets the cache answered held, and each simulation its number of hits.
func (n *reads) ratios(hits []float64, gets, held float64) (ratios []float64) {
	lacks := 0.0
	if n.hits < n.reads && gets > 0 {
		lacks = (gets-held)/(n.reads-n.hits)*n.reads - gets
	}
	ratios = make([]float64, len(hits))
	for i, had := range hits {
		ratios[i] = min(max((had+lacks)/max(gets+lacks, 1), 0), 1)
		// Chance may make a larger memory look worse. By more than that it is worse, as LFU is of a loop.
		if i > 0 && ratios[i] >= ratios[i-1]-mostChance {
			ratios[i] = max(ratios[i], ratios[i-1])
		}
	}
	return ratios
}
