package policies

import "github.com/cachegopher/cachegopher/lru/shadow"

// Fixed simulates a cache of so many objects of one size under a rule, and returns its misses from a request on, in percent.
func (r *Requests) Fixed(rule shadow.Rule, objects, from int) float64 {
	c := shadow.NewFull(int64(objects), r.Count, rule)
	return r.misses(from, func(k int32) bool { return c.Get(hash(k), 1) })
}

// Auto is Fixed for a cache whose rule AUTO changes; rules are what it evicts by.
func (r *Requests) Auto(objects, from int) (misses float64, rules []Change) {
	a := shadow.NewAuto(int64(objects))
	rules = []Change{{0, a.Rule()}}
	c, i := shadow.NewFull(int64(objects), r.Count, a.Rule()), 0
	misses = r.misses(from, func(k int32) bool {
		hit := c.Get(hash(k), 1)
		a.Bank().Get(hash(k), 1, true)
		i++
		if next := a.Rule(); next != rules[len(rules)-1].Rule && i < len(r.Keys) {
			rules = append(rules, Change{i, next})
			c.SetRule(next)
		}
		return hit
	})
	return misses, rules
}

// misses asks for all keys and returns the misses from a request on, in percent.
func (r *Requests) misses(from int, get func(key int32) bool) float64 {
	n := 0
	for i, k := range r.Keys {
		if !get(k) && i >= from {
			n++
		}
	}
	return 100 * float64(n) / float64(len(r.Keys)-from)
}
