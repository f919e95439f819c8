package cpu

import (
	"fmt"
	"strings"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/result"
)

// Markers of the table of eviction policies.
const (
	evictionBegin = "<!-- measured by make bench-eviction; do not edit -->\n"
	evictionEnd   = "<!-- end of what eviction costs -->\n"
)

// evictionMemory is what the servers of evictionWorks may use, in bytes: enough for about a quarter of the keys.
const evictionMemory = 64 << 20

// evictionWorks are the rows of the table of eviction policies. Three in four SETs of the first two evict; of the last one,
// some eight in ten GETs hit.
var evictionWorks = []work{
	{"evict-set-64deep", "SET, 64 deep, 32 connections", 3_500_000, 32, 32, 64, sets, 1, load.Reader{}, batches},
	{"evict-set-1deep", "SET, 1 deep, 32 connections", 3_500_000, 32, 32, 1, sets, 1, load.Reader{}, batches},
	{"evict-get-64deep", "GET by Zipf 0.99, and SET of what was missed, 64 deep, 32 connections", 3_500_000, 32, 32, 64, through, 1, load.Reader{}, checked},
}

// EvictionServers are the servers of that table: nodes that differ in the policy alone. The first stands at the end once more,
// since the place in the list makes a difference.
var EvictionServers = []string{"cachegopher-LRU", "cachegopher-S3-FIFO", "cachegopher-LFU", "cachegopher-AUTO", "cachegopher-LRU"}

// evictionTable renders what requests cost under eviction policies, each server beside the first.
func evictionTable(rows []*result.Run) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s CPU a request in us; ratios to the first server are medians of the rounds' ratios.\n", origin(rows))
	b.WriteString("\n| work | server | ratio | at most | us | hits of GETs | busy | others |\n|---|---|---|---|---|---|---|---|\n")
	for _, r := range rows {
		for i, t := range r.Measured() {
			hits := ""
			if n := median(t, func(x *result.Round) float64 { return float64(x.Hits) }); n > 0 {
				hits = fmt.Sprintf("%.1f%%", 100*median(t, hitRatio))
			}
			fmt.Fprintf(&b, "| %s | %s | **%.2f** | %s | %.3f | %s | %.0f%% | %.0f%% |\n", r.Name, strings.TrimPrefix(server(t.URL), "cachegopher-"),
				ratio(r, i, 0), limit(r.AtMost), median(t, micros), hits, 100*median(t, busy), 100*median(t, others))
		}
	}
	b.WriteString("\n")
	return b.String()
}

func hitRatio(r *result.Round) float64 { return float64(r.Hits) / float64(max(1, r.Hits+r.Misses)) }
