package cli

import (
	"fmt"
	"math"
	"slices"

	"github.com/cachegopher/cachegopher/internal/curve"
)

// prefixCurve is what MEMORY CURVE says of the keys with a prefix of the config.
type prefixCurve struct {
	Prefix       string        `json:"prefix"`
	Min          int64         `json:"min,omitempty"`
	Max          int64         `json:"max,omitempty"`
	Entries      int64         `json:"entries"`
	Bytes        int64         `json:"bytes"`
	Hits         int64         `json:"hits"`
	Misses       int64         `json:"misses"`
	Evictions    int64         `json:"evictions"`
	Counting     bool          `json:"counting,omitempty"`
	SampledReads int64         `json:"sampledReads"`
	Points       []curve.Point `json:"points,omitempty"`
	Why          string        `json:"why,omitempty"`
}

// sentence says what the prefix has, and what twice the memory of the node would bring for it. unbounded says that some prefixes
// of the node have floors or ceilings, which the prediction does not know.
func (p *prefixCurve) sentence(unbounded bool) string {
	s := fmt.Sprintf("prefix %q: %s in %s", p.Prefix, plural(p.Entries, "entry", "entries"), size(p.Bytes))
	if p.Counting {
		s += " so far, others are still being counted"
	}
	if p.Min > 0 {
		s += ", floor " + size(p.Min)
	}
	if p.Max > 0 {
		s += ", ceiling " + size(p.Max)
	}
	if reads := p.Hits + p.Misses; reads > 0 {
		s += fmt.Sprintf("; %.1f%% of reads hit", 100*float64(p.Hits)/float64(reads))
	}
	s += "; " + plural(p.Evictions, "eviction", "evictions")
	c := curve.Curve{Points: p.Points}
	now, twice := c.At(1), c.At(2)
	switch {
	case now == nil || twice == nil || p.SampledReads < leastReads || now.HitRatio >= 1:
		return s
	case unbounded:
		return s + fmt.Sprintf("; without floors and ceilings %.1f%% would hit, and with twice the memory of the node %.1f%%", 100*now.HitRatio, 100*twice.HitRatio)
	}
	fewer := 100 * (twice.HitRatio - now.HitRatio) / (1 - now.HitRatio)
	return s + fmt.Sprintf("; with twice the memory of the node, %.0f%% fewer misses", math.Max(fewer, 0))
}

// unbounded reports whether some prefixes of the node have floors or ceilings that it does not simulate: it does so with bytes
// alone.
func (n *nodeCurve) unbounded() bool {
	return n.Unit != "bytes" && slices.ContainsFunc(n.Prefixes, func(p prefixCurve) bool { return p.Min > 0 || p.Max > 0 })
}
