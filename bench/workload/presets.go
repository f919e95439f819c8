package workload

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Presets are workloads with a name. Those with a Source take their figures from there; what a
// source does not say is chosen, and said to be.
var Presets = []Spec{
	{Name: "read-heavy", About: "95% reads of small values, as in front of a database", Keys: 1_000_000, Dist: "zipf:0.99", Value: "100", Mix: "get=95,set=5",
		Source: "shape of YCSB workload B: Cooper et al., Benchmarking Cloud Serving Systems with YCSB, SoCC 2010 (95/5, zipfian); sizes chosen"},
	{Name: "write-heavy", About: "half reads, half writes", Keys: 1_000_000, Dist: "zipf:0.99", Value: "100", Mix: "get=50,set=50",
		Source: "shape of YCSB workload A, same paper (50/50, zipfian); sizes chosen"},
	{Name: "session-store", About: "sessions of 400 to 2,000 bytes that are read, written back, refreshed and ended", Keys: 500_000, KeySize: "36", Dist: "latest:0.9",
		Value: "400-2000", Mix: "get=60,set=25,ttl=13,delete=2", Expiry: 30 * time.Minute, Source: "chosen"},
	{Name: "64kb", About: "the largest values there are", Keys: 1000, Value: "max", Mix: "get=90,set=10", Source: "the limit of key and value, 65,536 bytes"},
	{Name: "counters", About: "rate limits and counts", Keys: 65536, Dist: "zipf:0.99", Value: "8", Mix: "incr=100", Source: "chosen", NoFill: true},
	{Name: "twitter-typical", About: "a typical cluster of Twitter's: small values, mostly reads", Keys: 1_000_000, KeySize: "38", Dist: "zipf:1.2", Value: "lognormal:230:1.1", Mix: "get=90,set=10",
		Source: "Yang, Yue, Rashmi: A large scale analysis of hundreds of in-memory cache clusters at Twitter, OSDI 2020: median of mean key 38 B and of mean value 230 B; Zipf alpha from 1 to 2.5 for most; spread and mix chosen within their ranges"},
	{Name: "twitter-write-heavy", About: "one of the many clusters there that write more than 30%", Keys: 1_000_000, KeySize: "38", Dist: "zipf:1.0", Value: "lognormal:230:1.1", Mix: "get=65,set=35", Expiry: 10 * time.Minute,
		Source: "same paper: over 35% of clusters have more than 30% writes; the rest chosen"},
	{Name: "meta-etc", About: "Facebook's general pool: tiny to large values, keys of 20 to 45 bytes", Keys: 1_000_000, KeySize: "20-45", Dist: "zipf:1.0", Value: "weights:2=15,11=25,64=20,330=34,1024=4,8192=1.7,60000=0.3", Mix: "get=96,set=3,delete=1",
		Source: "Atikoglu et al.: Workload analysis of a large-scale key-value store, SIGMETRICS 2012, pool ETC: key sizes, a GET/SET ratio of about 30:1, 40% of values under 12 B, tail to large values; the weights approximate it"},
	{Name: "meta-usr", About: "Facebook's user-account pool: 2-byte values, almost no writes", Keys: 1_000_000, KeySize: "16-21", Dist: "zipf:1.0", Value: "2", Mix: "get=998,set=2",
		Source: "same paper, pool USR: keys of 16 and 21 B, values of 2 B, over 99.8% GET; Zipf chosen"},
	{Name: "drift", About: "popularity that wanders, with keys asked for once: read-through", Keys: 1_000_000, Dist: "drift:0.9", Value: "100", Mix: "get=100", ReadThrough: true, NoFill: true, Source: "chosen; see package workload, drift"},
	{Name: "scan", About: "Zipf interrupted by walks over many keys: read-through", Keys: 1_000_000, Dist: "scan:0.9", Value: "100", Mix: "get=100", ReadThrough: true, NoFill: true, Source: "chosen; see package workload, scan"},
}

// Preset returns the preset called name. The error lists the known ones.
func Preset(name string) (Spec, error) {
	i := slices.IndexFunc(Presets, func(s Spec) bool { return s.Name == name })
	if i < 0 {
		var known []string
		for _, p := range Presets {
			known = append(known, p.Name)
		}
		return Spec{}, fmt.Errorf("no preset is called %q; there are %s", name, strings.Join(known, ", "))
	}
	return Presets[i], nil
}
