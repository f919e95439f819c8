package lru

import "github.com/cachegopher/cachegopher/lru/shadow"

// CurvePoint is the predicted share of reads that hit, with Times today's budget.
type CurvePoint struct{ Times, HitRatio float64 }

// Curve predicts hit ratios with other budgets, from 0.5 to 4 times today's: of bytes, or of entries if only these are
// bounded. sampled is of how many recent reads it knows; below some ten thousand the figures mean little. It returns
// nothing unless Options.Watch is set.
func (c *Cache) Curve() (points []CurvePoint, sampled float64) {
	w := c.watch
	if w == nil {
		return nil, 0
	}
	st, policy := c.Stats(), c.Shards().Policy()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.curve.SetRule(ruleOf(policy))
	w.curve.Bank().Resize(watchedSize(st.MaxEntries, st.MaxMemory))
	w.curve.Account(float64(st.Hits), float64(st.Hits+st.Misses))
	ratios, sampled := w.curve.Ratios()
	for i, times := range shadow.Times() {
		points = append(points, CurvePoint{times, ratios[i]})
	}
	return points, sampled
}
