package policies

import "github.com/cachegopher/cachegopher/lru/shadow"

// Change says that a cache evicts by a rule from a request on.
type Change struct {
	At   int
	Rule shadow.Rule
}

// Curve is what a shadow.Curve predicts for a cache, of its requests since it last changed its rule.
type Curve struct {
	Misses []float64      // in percent, at each of shadow.Times
	Doubts []shadow.Doubt // why one of these is not given
	Rate   float64        // the sample's share of the keys
}

// Curve predicts the misses of a cache with room for this number of objects that evicts by rules, the first of which holds from
// the first request on.
func (r *Requests) Curve(rules []Change, objects int) Curve {
	curve, cache := shadow.NewCurve(int64(objects), rules[0].Rule), shadow.NewFull(int64(objects), r.Count, rules[0].Rule)
	hits := 0.0
	for i, k := range r.Keys {
		if len(rules) > 1 && i == rules[1].At {
			rules = rules[1:]
			cache.SetRule(rules[0].Rule)
			curve.Account(hits, float64(i))
			curve.Follow(rules[0].Rule, int64(objects))
		}
		h := hash(k)
		had := cache.Get(h, 1)
		if curve.Get(h, 1, had, -1); had {
			hits++
		} else {
			curve.Set(h, 1, -1)
		}
	}
	curve.Account(hits, float64(len(r.Keys)))
	ratios, _ := curve.Ratios()
	c := Curve{Doubts: curve.Doubts(), Rate: curve.Bank().Rate()}
	for _, hit := range ratios {
		c.Misses = append(c.Misses, 100*(1-hit))
	}
	return c
}

// Followed simulates a whole cache with room for this number of objects that evicts by rules, and returns its misses since the
// last change, in percent.
func (r *Requests) Followed(rules []Change, objects int) float64 {
	c, i := shadow.NewFull(int64(objects), r.Count, rules[0].Rule), 0
	return r.misses(rules[len(rules)-1].At, func(k int32) bool {
		if len(rules) > 1 && i == rules[1].At {
			rules = rules[1:]
			c.SetRule(rules[0].Rule)
		}
		i++
		return c.Get(hash(k), 1)
	})
}
