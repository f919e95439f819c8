package shadow

import (
	"math"
	"slices"
)

// Auto chooses among rules the one whose simulation hits most.
type Auto struct {
	bank  *Bank
	rules []Rule
	now   int // the rule in use

	level uint      // of the bank at the last look
	gets  float64   // of the bank then
	last  []float64 // hits of each rule then
	seen  float64   // gets lately
	hits  []float64 // hits of each rule lately
}

const (
	// autoKeys keep an Auto below 1 MB.
	autoKeys = 12530
	// leastLook is the fewest reads between two looks at the simulations. There are as many as the cache has entries, as far
	// as the sample goes: a policy shows what it is worth once it has replaced what the cache held.
	leastLook = 1000
	// keep is the weight of what was seen before, at each look.
	keep = .92
)

// A change costs hits: what the policy in use has kept is not what another one would have kept. So another one must have
// had more hits by this share of the reads, and of the entries, and this many. Another window of LFU keeps most of what is
// there, the more the less it differs. Another rule for what comes back keeps all of it, but leads among these are small, and
// First, the best of them most often, is to be left only for a larger one. A change of both needs both.
const (
	marginReads   = .002
	marginEntries = .2
	marginLFU     = .02  // instead of marginEntries, between rules of LFU,
	marginWindow  = .003 // with this for each percent by which their windows differ,
	marginBack    = .05  // and this for another rule for what comes back, unless the change is to First
	marginHits    = 50
)

// NewAuto returns one for a cache of memory bytes. It begins with LFU: a policy that protects what is used often loses
// little where another one is better, but what LRU has let go meanwhile is gone.
func NewAuto(memory int64) *Auto {
	a := &Auto{rules: Rules()}
	var setups []Setup
	for i, r := range a.rules {
		setups = append(setups, Setup{r, 1})
		if r == First() {
			a.now = i
		}
	}
	a.bank = NewBank(memory, autoKeys, setups...)
	a.last, a.hits = make([]float64, len(setups)), make([]float64, len(setups))
	return a
}

// Begin says that the cache has the rule r so far, and reports whether AUTO chooses from it; else it stays with First. It is for
// an Auto that has seen nothing.
func (a *Auto) Begin(r Rule) bool {
	i := slices.Index(a.rules, r)
	if i >= 0 {
		a.now = i
	}
	return i >= 0
}

// Bank is where the requests go.
func (a *Auto) Bank() *Bank { return a.bank }

// Get is Bank.Get of a key of the part of this number; of none if there is no such part.
func (a *Auto) Get(hash uint64, size uint32, held bool, number int) {
	a.bank.get(hash, size, held, number)
}

// Set is Bank.Set of a key of the part of this number; of none if there is no such part.
func (a *Auto) Set(hash uint64, size uint32, number int) {
	a.bank.set(hash, size, number)
}

// SetParts begins with so many parts, none of which has a floor or a ceiling. What parts the known keys are of is forgotten.
func (a *Auto) SetParts(n int) {
	a.bank.setParts(n)
	a.bank.setBounds(make([]Bound, n))
}

// Parts is how many there are.
func (a *Auto) Parts() int { return len(a.bank.parts) }

// Bound gives parts floors and ceilings, one for each.
func (a *Auto) Bound(all []Bound) {
	if !slices.Equal(a.bank.bounded(), all) {
		a.bank.setBounds(slices.Clone(all))
	}
}

// Due reports whether enough was read since Rule last looked at the simulations.
func (a *Auto) Due() bool {
	a.follow()
	return a.bank.gets-a.gets >= max(leastLook, a.entries())
}

// entries is how many keys the simulation of the rule in use holds.
func (a *Auto) entries() float64 { return float64(a.bank.sims[a.now].entries()) }

// Rule looks at what the simulations answered, if that is due, and returns the rule to use.
func (a *Auto) Rule() Rule {
	if !a.Due() {
		return a.rules[a.now]
	}
	n, entries := a.bank.gets-a.gets, a.entries()
	a.gets += n
	a.seen = a.seen*keep + n
	for i := range a.rules {
		total := a.bank.counts[i].Hits
		a.hits[i] = a.hits[i]*keep + total - a.last[i]
		a.last[i] = total
	}
	a.now = a.best(entries)
	return a.rules[a.now]
}

// best is the rule with the most hits, of those that are worth the change in a cache of so many entries.
func (a *Auto) best(entries float64) int {
	best := a.now
	for i, r := range a.rules {
		if a.hits[i]-a.hits[a.now] > marginReads*a.seen+margin(a.rules[a.now], r)*entries+marginHits && a.hits[i] > a.hits[best] {
			best = i
		}
	}
	return best
}

// margin is the share of the entries by which the rule to must lead.
func margin(from, to Rule) float64 {
	if from.Kind != LFU || to.Kind != LFU {
		return marginEntries
	}
	share := marginLFU + marginWindow*math.Abs(float64(from.Window-to.Window))
	if from.Back != to.Back && to != First() {
		share += marginBack
	}
	return share
}

// follow halves what was counted as often as the bank has halved its counts.
func (a *Auto) follow() {
	for ; a.level < a.bank.level; a.level++ {
		a.gets /= 2
		a.seen /= 2
		for i := range a.last {
			a.last[i] /= 2
			a.hits[i] /= 2
		}
	}
}
