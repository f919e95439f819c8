package lru

import (
	"bytes"
	"math/bits"
	"slices"
	"sync/atomic"

	"github.com/cachegopher/cachegopher/lru/prefix"
)

// prefixes are the prefixes of a cache; nil: there are none. In it they are numbered by length, the longest one is number 0,
// so that the first one that fits is the right one.
type prefixes struct {
	starts [256]uint8 // for each byte, a bit for each prefix that begins with it
	keys   []prefixKey
	past   partCounts // what dropped tables counted; guarded by Cache.sums

	protected atomic.Uint32 // a bit for each prefix whose entries stay while others can leave
	released  atomic.Uint32 // how often one stopped being protected
}

type prefixKey struct {
	name  []byte
	place int // among the prefixes as they were given
	bounds
}

// partCounts are counts of each prefix, by its number.
type partCounts [prefix.Most]partCount

type partCount struct{ entries, bytes, hits, misses, evictions int64 }

// none is the number of keys that have no prefix.
const none = -1

// newPrefixes returns nil if there are none. REQUIRES: they passed prefix.Check.
func newPrefixes(all []Prefix) *prefixes {
	if len(all) == 0 {
		return nil
	}
	p := &prefixes{keys: make([]prefixKey, len(all))}
	places := make([]int, len(all))
	for i := range all {
		places[i] = i
	}
	slices.SortStableFunc(places, func(a, b int) int { return len(all[b].Name) - len(all[a].Name) })
	for i, place := range places {
		p.keys[i].name, p.keys[i].place = []byte(all[place].Name), place
		p.starts[all[place].Name[0]] |= 1 << i
	}
	p.setBounds(all)
	return p
}

// match is the number of the prefix of key, or none. A lookup may have an empty key.
func (p *prefixes) match(key []byte) int {
	if len(key) == 0 {
		return none
	}
	for left := p.starts[key[0]]; left != 0; left &= left - 1 {
		i := bits.TrailingZeros8(left)
		if bytes.HasPrefix(key, p.keys[i].name) {
			return i
		}
	}
	return none
}

// longest is the length of the longest prefix.
func (p *prefixes) longest() int { return len(p.keys[0].name) }

func (p *prefixes) prefix(i int) Prefix {
	k := &p.keys[i]
	return Prefix{Name: string(k.name), Min: k.min.Load(), Max: k.max.Load()}
}

// all are the prefixes as they were given. p may be nil.
func (p *prefixes) all() []Prefix {
	if p == nil {
		return nil
	}
	all := make([]Prefix, len(p.keys))
	for i := range p.keys {
		all[p.keys[i].place] = p.prefix(i)
	}
	return all
}

// sameNames reports whether all has the same prefixes in the same order.
func (p *prefixes) sameNames(all []Prefix) bool {
	if p == nil || len(all) != len(p.keys) {
		return p == nil && len(all) == 0
	}
	for i := range p.keys {
		if all[p.keys[i].place].Name != string(p.keys[i].name) {
			return false
		}
	}
	return true
}

// setBounds sets the floors and ceilings. REQUIRES: sameNames, or that nobody knows p. p may be nil.
func (p *prefixes) setBounds(all []Prefix) {
	if p == nil {
		return
	}
	for i := range p.keys {
		k := &p.keys[i]
		k.set(all[k.place].Min, all[k.place].Max)
		p.judge(i, k.used.Load())
	}
}

// inherit takes the counts of dropped tables over from old. Either may be nil.
func (p *prefixes) inherit(old *prefixes) {
	if p != nil && old != nil {
		p.past.takeOver(&old.past, p, old)
	}
}

// takeOver adds the counts of uses in old, of the prefixes of was, to those of the same prefixes in p.
func (n *partCounts) takeOver(old *partCounts, p, was *prefixes) {
	for i := range p.keys {
		for j := range was.keys {
			if bytes.Equal(p.keys[i].name, was.keys[j].name) {
				n[i].hits += old[j].hits
				n[i].misses += old[j].misses
				n[i].evictions += old[j].evictions
			}
		}
	}
}

// add adds what a shard counted.
func (n *partCounts) add(a *apart) {
	if a == nil {
		return
	}
	for i := range n {
		o := &a.counts[i]
		n[i].entries += o.entries
		n[i].bytes += o.bytes
		n[i].hits += o.hits
		n[i].misses += o.misses
		n[i].evictions += o.evictions
	}
}
