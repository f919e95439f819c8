package session

import (
	"math"
	"strconv"

	"github.com/cachegopher/cachegopher/internal/curve"
	"github.com/cachegopher/cachegopher/internal/metric"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/lru/shadow"
)

// Curve predicts the hit ratio of this node with other memory.
type Curve struct {
	curve.Curve
	// Prefixes are those of the config.
	Prefixes []curve.Prefix `json:"prefixes,omitempty"`
}

// Curve returns the prediction; it takes about as long as Snapshot. Any goroutine may call it.
func (n *Node) Curve() Curve { return curveOf(n.store, n.store.Stats()) }

func curveOf(store lru.Shards, st lru.Stats) Curve {
	points, sampled, doubt := store.Curve()
	c := Curve{Curve: curve.Curve{SampledReads: int64(sampled), Reads: st.Hits + st.Misses, Unit: "bytes"}}
	size := st.MaxMemory
	if size == 0 {
		c.Unit, size = "entries", st.MaxEntries
	}
	c.Points, c.Prefixes = pointsOf(points, size), prefixesOf(store, size)
	c.Learning, c.Why = len(points) < len(shadow.Times()), why[doubt]
	return c
}

// why are the reasons for points that are left out, as operators read them, and what brings them.
var why = map[shadow.Doubt]string{
	shadow.FewReads:  "too few reads were sampled so far; wait for more",
	shadow.Unlike:    "the simulation of today's memory does not hit as often as the node does; wait until it has seen more reads",
	shadow.Unseen:    "the simulations have not seen all that the node holds, or held; wait until as much was asked for as fits",
	shadow.Unsettled: "since the simulations began, too little was asked for to show what LFU would keep; wait for more reads",
	shadow.Chance:    "the sample has too few keys, so that chance counts too much; waiting hardly helps: of few entries that are read often, few are watched",
}

// pointsOf are points with the sizes that they stand for.
func pointsOf(points []lru.CurvePoint, size int64) []curve.Point {
	all := make([]curve.Point, 0, len(points)) // JSON has an array, even if it is empty
	for _, p := range points {
		all = append(all, curve.Point{Times: p.Times, Size: int64(p.Times * float64(size)), HitRatio: p.HitRatio})
	}
	return all
}

// hitRatioAt returns the hit ratio that points predict for times today's budget, NaN if they do not.
func hitRatioAt(points []curve.Point, times float64) float64 {
	for _, p := range points {
		if p.Times == times {
			return p.HitRatio
		}
	}
	return math.NaN()
}

// predictions are the metrics of a curve: of has its points, and of how many reads they are. Their names begin with prefix.
func predictions[R any](prefix, help string, of func(*R) (points []curve.Point, sampled int64)) (all []metric.Metric[R]) {
	name := prefix + "predicted_hit_ratio"
	for _, times := range shadow.Times() {
		all = append(all, metric.Metric[R]{Name: name, Kind: metric.Gauge, Label: "times", Series: strconv.FormatFloat(times, 'f', -1, 64),
			Value: func(r *R) any {
				points, _ := of(r)
				return hitRatioAt(points, times)
			}})
	}
	all[0].Help = help
	return append(all, metric.Metric[R]{Name: prefix + "predicted_from_reads", Kind: metric.Gauge,
		Help: "Sampled reads that " + name + " is of; with less than some ten thousand it means little.",
		Value: func(r *R) any {
			_, sampled := of(r)
			return sampled
		}})
}
