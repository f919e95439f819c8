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
// A point that may be off by more than a hundredth is left out: after a start the cache learns, and of a small one that is
// asked very often it may never know enough. doubt says why the first of them is; shadow.Certain: none is. It returns nothing unless
// Options.Watch is set.
func (c *Cache) Curve() (points []CurvePoint, sampled float64, doubt shadow.Doubt) {
	w := c.watch
	c.sums.Lock()
	c.follow()
	c.sums.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.curve == nil {
		return nil, 0, shadow.Certain
	}
	ratios, sampled := w.curve.Ratios()
	doubts := w.curve.Doubts()
	if time.Since(w.faded) > fadeEvery {
		w.faded = time.Now()
		w.curve.Fade()
	}
	points, doubt = pointsOf(ratios, doubts)
	return points, sampled, doubt
}

// pointsOf are the points without doubts, and the first doubt of another one.
func pointsOf(ratios []float64, doubts []shadow.Doubt) (points []CurvePoint, doubt shadow.Doubt) {
	for i, times := range shadow.Times() {
		if doubts[i] == shadow.Certain {
			points = append(points, CurvePoint{times, ratios[i]})
		} else if doubt == shadow.Certain {
			doubt = doubts[i]
		}
	}
	return points, doubt
}

// follow tells the simulations what has changed. REQUIRES: Cache.sums is held.
func (c *Cache) follow() {
	parts, _ := c.countParts()
	c.watch.follow(c.stats(), c.used(), c.prefixes, &parts)
}

// fadeEvery is how often reads lose half of their weight, so that a curve follows the load of the last hours.
const fadeEvery = time.Hour

// stale reports whether the curve is to be told how many reads there were.
func (w *watch) stale() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.curve != nil && w.curve.Stale()
}

// setParts makes the curve count the prefixes of p apart, which have these counts so far, and AUTO know their floors and ceilings.
func (w *watch) setParts(p *prefixes, so *partCounts) {
	w.mu.Lock()
	defer w.mu.Unlock()
	bounds := w.bounds(p)
	if w.auto != nil {
		w.auto.SetParts(len(bounds))
		w.auto.Bound(bounds)
	}
	if w.curve == nil {
		return
	}
	w.curve.SetParts(len(bounds))
	w.numberAnew()
	w.curve.Bound(bounds)
	for i := range bounds {
		w.curve.BeginPart(i, float64(so[i].hits), float64(so[i].hits+so[i].misses))
	}
}

// bounds are the floors and ceilings of p for the simulations, by the prefixes' numbers: none where only entries count, which have no
// bytes there. p may be nil. REQUIRES: mu.
func (w *watch) bounds(p *prefixes) []shadow.Bound {
	if p == nil {
		return nil
	}
	all := make([]shadow.Bound, len(p.keys))
	for i := range p.keys {
		if w.unit {
			break
		}
		all[i] = shadow.Bound{Min: p.keys[i].min.Load(), Max: p.keys[i].max.Load()}
	}
	return all
}

// partPoints predicts the hit ratios of the prefix of this number, by what follow was told last.
func (w *watch) partPoints(number int) (points []CurvePoint, sampled float64, doubt shadow.Doubt) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.curve == nil {
		return nil, 0, shadow.Certain
	}
	ratios, sampled := w.curve.PartRatios(number)
	points, doubt = pointsOf(ratios, w.curve.PartDoubts(number))
	return points, sampled, doubt
}
