package lru

import (
	"time"

	"github.com/cachegopher/cachegopher/lru/shadow"
)

// CurvePoint is the predicted share of reads that hit, with Times today's budget.
type CurvePoint struct{ Times, HitRatio float64 }

// Curve predicts hit ratios with other budgets, from 0.5 to 4 times today's: of bytes, or of entries if only these are
// bounded. sampled is of how many recent reads it knows; below some ten thousand the figures mean little. Reads before a
// change of the budget or the policy do not count, and all others count half as much once an hour, when Curve is called.
// It returns nothing unless Options.Watch is set.
func (c *Cache) Curve() (points []CurvePoint, sampled float64) {
	w := c.watch
	c.limits.Lock()
	w.follow(c.stats(), c.used())
	c.limits.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.curve == nil {
		return nil, 0
	}
	ratios, sampled := w.curve.Ratios()
	if time.Since(w.faded) > fadeEvery {
		w.faded = time.Now()
		w.curve.Fade()
	}
	for i, times := range shadow.Times() {
		points = append(points, CurvePoint{times, ratios[i]})
	}
	return points, sampled
}

// fadeEvery is how often reads lose half of their weight, so that a curve follows the load of the last hours.
const fadeEvery = time.Hour
