package policies

import "github.com/cachegopher/cachegopher/lru/shadow"

// Curve returns the misses in percent that a shadow.Curve predicts for a cache of so many objects, at each of shadow.Times,
// and the sample's share of the keys.
func (r *Requests) Curve(rule shadow.Rule, objects int) (misses []float64, rate float64) {
	curve, cache, hits := shadow.NewCurve(int64(objects), rule), shadow.NewFull(int64(objects), r.Count, rule), 0.0
	for _, k := range r.Keys {
		if h := hash(k); cache.Get(h, 1) {
			hits++
			curve.Bank().Get(h, 1, true)
		} else {
			curve.Bank().Get(h, 0, false)
			curve.Bank().Set(h, 1)
		}
	}
	curve.Account(hits, float64(len(r.Keys)))
	ratios, _ := curve.Ratios()
	for _, hit := range ratios {
		misses = append(misses, 100*(1-hit))
	}
	return misses, curve.Bank().Rate()
}
