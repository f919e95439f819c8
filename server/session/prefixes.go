package session

import (
	"github.com/cachegopher/cachegopher/internal/curve"
	"github.com/cachegopher/cachegopher/internal/metric"
	"github.com/cachegopher/cachegopher/lru"
)

// prefixesOf returns the counts of each prefix; size is today's budget.
func prefixesOf(store lru.Shards, size int64) (all []curve.Prefix) {
	for _, p := range store.Prefixes() {
		all = append(all, curve.Prefix{
			Prefix: p.Name, Min: p.Min, Max: p.Max, Entries: p.Entries, Bytes: p.Bytes,
			Hits: p.Hits, Misses: p.Misses, Evictions: p.Evictions, Counting: p.Counting,
			SampledReads: int64(p.Sampled), Points: pointsOf(p.Points, size), Why: why[p.Doubt],
		})
	}
	return all
}

// PrefixLabel is the label of the metrics of prefixes that says of which one they are.
const PrefixLabel = "prefix"

// PrefixMetrics declares the metrics of one prefix, which has PrefixLabel beside the label of each.
var PrefixMetrics = append([]metric.Metric[curve.Prefix]{
	{Name: "prefix_entries", Help: "Entries of a prefix of the config.", Kind: metric.Gauge,
		Value: func(p *curve.Prefix) any { return p.Entries }},
	{Name: "prefix_bytes", Help: "Memory that these entries take, without what lies empty between entries.", Kind: metric.Gauge,
		Value: func(p *curve.Prefix) any { return p.Bytes }},
	{Name: "prefix_hits_total", Help: "Reads of keys with the prefix that found them.", Kind: metric.Counter,
		Value: func(p *curve.Prefix) any { return p.Hits }},
	{Name: "prefix_misses_total", Help: "Reads of keys with the prefix that did not find them.", Kind: metric.Counter,
		Value: func(p *curve.Prefix) any { return p.Misses }},
	{Name: "prefix_evictions_total", Help: "Entries with the prefix removed for room.", Kind: metric.Counter,
		Value: func(p *curve.Prefix) any { return p.Evictions }},
	{Name: "prefix_min_bytes", Help: "Floor of the prefix; 0: none.", Kind: metric.Gauge,
		Value: func(p *curve.Prefix) any { return p.Min }},
	{Name: "prefix_max_bytes", Help: "Ceiling of the prefix; 0: none.", Kind: metric.Gauge,
		Value: func(p *curve.Prefix) any { return p.Max }},
}, predictions("prefix_", "Share of reads of keys with the prefix that would find them with so many times today's memory for the whole node.",
	func(p *curve.Prefix) ([]curve.Point, int64) { return p.Points, p.SampledReads })...)

// prefixReadings reads the metrics of all prefixes.
func prefixReadings(prefixes []curve.Prefix) (all []metric.Reading) {
	for i := range prefixes {
		all = append(all, metric.ReadOf(metric.Label{Name: PrefixLabel, Value: prefixes[i].Prefix}, PrefixMetrics, &prefixes[i])...)
	}
	return all
}
