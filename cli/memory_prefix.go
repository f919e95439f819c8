package cli

import (
	"fmt"
	"math"
	"slices"

	"github.com/cachegopher/cachegopher/internal/curve"
)

// sentenceOf says what the prefix has, and what twice the memory of the node would bring for it. unbounded says that some prefixes
// of the node have floors or ceilings, which the prediction does not know.
func sentenceOf(p *curve.Prefix, unbounded bool) string {
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
	return n.Unit != "bytes" && slices.ContainsFunc(n.Prefixes, func(p curve.Prefix) bool { return p.Min > 0 || p.Max > 0 })
}
