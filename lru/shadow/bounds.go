package shadow

import (
	"slices"

	"github.com/cachegopher/cachegopher/lru/prefix"
)

// Parts of the keys may have a floor and a ceiling, as in the cache: a simulation that is to make room passes over the keys of a
// part that has less than its floor, while it finds others; and a part that is above its ceiling gives keys of its own. A sample
// has its share of both bounds, whatever the memory of a simulation.

// Bound is the floor and the ceiling of a part, in bytes of the whole cache; 0: none.
type Bound struct{ Min, Max int64 }

// bounds are those of all parts, which the simulations of a bank share.
type bounds struct {
	all    []Bound
	scaled []Bound // the sample's share; one more, of the keys that are of no part, comes first
}

// apart is what a simulation knows of the parts.
type apart[N index] struct {
	bounds    *bounds
	used      []int64 // bytes of each; those of no part come first, here and below
	protected []bool  // its keys stay while others can leave
	hands     []N     // where the search for a key of each part goes on, the first for one that is not protected; 0: at the oldest
}

const (
	// mostSought is how many keys are looked at from the oldest on, and mostNewest how many of the newest, for one that may leave.
	mostSought = 256
	mostNewest = 64
)

// Bound gives parts floors and ceilings, one for each. After a change it forgets what was counted so far.
func (c *Curve) Bound(all []Bound) {
	if !slices.Equal(c.bank.bounded(), all) {
		c.bank.setBounds(slices.Clone(all))
		c.forget()
	}
}

// bounded are the floors and ceilings of the parts.
func (b *bank[N]) bounded() []Bound {
	if b.bounds == nil {
		return make([]Bound, len(b.parts))
	}
	return b.bounds.all
}

func (b *bank[N]) setBounds(all []Bound) {
	b.bounds = nil
	if slices.ContainsFunc(all, func(a Bound) bool { return a != Bound{} }) {
		b.bounds = &bounds{all, make([]Bound, 1+len(all))}
	}
	for _, s := range b.sims {
		s.apart = nil
		if b.bounds == nil {
			continue
		}
		n := len(b.bounds.scaled)
		s.apart = &apart[N]{b.bounds, make([]int64, n), make([]bool, n), make([]N, n)}
		for k := 1; k < len(b.keys.hash); k++ {
			s.countPart(N(k), int64(b.keys.size[k]))
		}
	}
	b.scaleBounds()
}

// scaleBounds gives the simulations the sample's share of the bounds.
func (b *bank[N]) scaleBounds() {
	if b.bounds == nil {
		return
	}
	for i, all := range b.bounds.all {
		b.bounds.scaled[1+i] = Bound{all.Min >> b.level, all.Max >> b.level}
	}
	for _, s := range b.sims {
		for part := range s.apart.used {
			s.apart.judge(part)
			s.shrinkPart(uint8(part), 0)
		}
	}
}

// countPart counts so many bytes more of the part that k is of, if k is in the simulated cache.
func (l *lists[N]) countPart(k N, bytes int64) {
	if list := l.in(k); l.apart != nil && (list == window || list == main) {
		part := int(l.keys.part[k])
		l.apart.used[part] += bytes
		l.apart.judge(part)
	}
}

// judge decides whether a part is protected.
func (a *apart[N]) judge(part int) {
	floor := a.bounds.scaled[part].Min
	switch used := a.used[part]; {
	case !a.protected[part]:
		a.protected[part] = floor > 0 && used <= floor
	case floor == 0 || used > floor+floor/prefix.SlackPart:
		a.protected[part] = false
		a.hands[0] = 0
	}
}

// atCeiling reports whether next to no room is left below the ceiling of a part. a may be nil.
func (a *apart[N]) atCeiling(part int) bool {
	if a == nil {
		return false
	}
	most := a.bounds.scaled[part].Max
	return most > 0 && a.used[part] >= most-most/16
}

// protects reports whether keys of a part are protected. a may be nil.
func (a *apart[N]) protects(part uint8) bool { return a != nil && a.protected[part] }

// leave makes the hands that stand at k, which leaves its place, go on. a may be nil.
func (a *apart[N]) leave(k, prev N) {
	if a == nil {
		return
	}
	for i := range a.hands {
		if a.hands[i] == k {
			a.hands[i] = prev
		}
	}
}

// clear says that nothing is held. a may be nil.
func (a *apart[N]) clear() {
	if a == nil {
		return
	}
	clear(a.used)
	clear(a.hands)
	for part := range a.used {
		a.judge(part)
	}
}

// shrinkPart evicts keys of a part that would be above its ceiling with so many bytes more, as far as some are found.
func (s *simulation[N]) shrinkPart(part uint8, more int64) {
	if s.apart == nil || s.apart.bounds.scaled[part].Max == 0 {
		return
	}
	for range prefix.MostOwn {
		if s.apart.used[part]+more <= s.apart.bounds.scaled[part].Max {
			return
		}
		k := s.seek(&s.apart.hands[part], func(k N) bool { return s.keys.part[k] == part })
		if k == 0 {
			return
		}
		s.leave(k)
	}
}

// unprotected returns a key that is not protected, 0 if it finds none.
func (s *simulation[N]) unprotected() N {
	free := func(k N) bool { return !s.apart.protected[s.keys.part[k]] }
	if k := s.seek(&s.apart.hands[0], free); k != 0 {
		return k
	}
	newest := window
	if s.count[window] == 0 {
		newest = main
	}
	k := s.next[s.root(newest)]
	for n := 0; n < mostNewest && k != s.root(newest); n++ {
		if free(k) {
			return k
		}
		k = s.next[k]
	}
	return 0
}

// seek returns a key for which fits returns true, 0 if there is none among the next ones. It goes on where hand is, from the
// oldest key to the newest. A key that was used loses a use, and stays for a round more.
func (s *simulation[N]) seek(hand *N, fits func(k N) bool) N {
	k := *hand
	if k == 0 {
		k = s.oldest(main)
	}
	for range mostSought {
		if k == s.root(main) { // what is newer is in the window
			k = s.oldest(window)
		}
		if k == s.root(window) {
			k = 0 // the next search begins anew
			break
		}
		if fits(k) {
			if s.rule.Kind == LRU || s.state[k]&^listBits == 0 {
				*hand = k
				return k
			}
			s.state[k] -= oneUse
		}
		k = s.prev[k]
	}
	*hand = k
	return 0
}
