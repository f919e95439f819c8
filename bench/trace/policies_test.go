package trace_test

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/cachegopher/cachegopher/bench/trace"
	"github.com/cachegopher/cachegopher/lru"
)

// textbook has the misses of the textbook's S3-FIFO and SIEVE on recorded requests, in percent, with objects of one size.
var textbook = []struct {
	trace  string
	max    int64
	policy lru.Policy
	misses float64
	long   bool
}{
	{"web07.trace.xz", 204, lru.S3FIFO, 56.21, false},
	{"web07.trace.xz", 2048, lru.S3FIFO, 41.88, false},
	{"web12.trace.xz", 137, lru.S3FIFO, 58.98, false},
	{"web12.trace.xz", 1375, lru.S3FIFO, 27.75, false},
	{"lirs-multi3.trace.gz", 74, lru.S3FIFO, 85.19, false},
	{"lirs-multi3.trace.gz", 745, lru.S3FIFO, 54.72, false},
	{"lirs-sprite.trace.gz", 70, lru.S3FIFO, 78.69, false},
	{"lirs-sprite.trace.gz", 707, lru.S3FIFO, 13.80, false},
	{"lirs-2_pools.trace.gz", 99, lru.S3FIFO, 55.39, true},
	{"lirs-2_pools.trace.gz", 993, lru.S3FIFO, 45.65, true},
	{"lirs-loop.trace.gz", 101, lru.S3FIFO, 100, true},
	{"adapt-size.trace.xz", 368, lru.S3FIFO, 73.56, true},
	{"adapt-size.trace.xz", 3681, lru.S3FIFO, 62.56, true},
	{"cloudphysics.oracleGeneral.bin", 489, lru.S3FIFO, 83.04, true},
	{"cloudphysics.oracleGeneral.bin", 4897, lru.S3FIFO, 75.25, true},
	{"arc-oltp.gz", 1868, lru.S3FIFO, 53.54, true},
	{"arc-oltp.gz", 18688, lru.S3FIFO, 32.22, true},
	{"orm-night.trace.xz", 864, lru.S3FIFO, 35.35, true},
	{"orm-night.trace.xz", 8646, lru.S3FIFO, 5.95, true},
	{"arc-p3.gz", 7625, lru.S3FIFO, 95.97, true},
	{"arc-p3.gz", 76254, lru.S3FIFO, 66.09, true},
	{"web07.trace.xz", 204, lru.SIEVE, 57.68, false},
	{"web07.trace.xz", 2048, lru.SIEVE, 42.07, false},
	{"web12.trace.xz", 137, lru.SIEVE, 59.75, false},
	{"web12.trace.xz", 1375, lru.SIEVE, 28.28, false},
	{"lirs-multi3.trace.gz", 74, lru.SIEVE, 92.42, false},
	{"lirs-multi3.trace.gz", 745, lru.SIEVE, 62.65, false},
	{"lirs-sprite.trace.gz", 70, lru.SIEVE, 80.71, false},
	{"lirs-sprite.trace.gz", 707, lru.SIEVE, 18.48, false},
	{"lirs-2_pools.trace.gz", 99, lru.SIEVE, 52.30, true},
	{"lirs-2_pools.trace.gz", 993, lru.SIEVE, 45.68, true},
	{"adapt-size.trace.xz", 368, lru.SIEVE, 73.86, true},
	{"adapt-size.trace.xz", 3681, lru.SIEVE, 62.50, true},
	{"cloudphysics.oracleGeneral.bin", 489, lru.SIEVE, 82.92, true},
	{"cloudphysics.oracleGeneral.bin", 4897, lru.SIEVE, 79.07, true},
	{"arc-oltp.gz", 1868, lru.SIEVE, 59.71, true},
	{"arc-oltp.gz", 18688, lru.SIEVE, 33.34, true},
	{"orm-night.trace.xz", 864, lru.SIEVE, 38.53, true},
	{"orm-night.trace.xz", 8646, lru.SIEVE, 6.31, true},
	{"arc-p3.gz", 7625, lru.SIEVE, 97.14, true},
	{"arc-p3.gz", 76254, lru.SIEVE, 75.17, true},
}

// tracesVariable names a folder with the recorded requests of textbook. With longVariable, all of them are read.
const (
	tracesVariable = "CACHEGOPHER_TRACES"
	longVariable   = "CACHEGOPHER_TRACES_LONG"
)

// TestPoliciesMissLikeTextbook replays recorded requests to caches of one shard, and of as many as a node would have. With
// one shard, a policy may miss at most 0.3 points more than the textbook's.
func TestPoliciesMissLikeTextbook(t *testing.T) {
	folder := cmp.Or(os.Getenv(tracesVariable), filepath.Join("..", "..", "..", "shared", "traces"))
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("SKIPPED: no recorded requests are there; set %s to their folder: %v", tracesVariable, err)
	}
	requests := map[string][][]byte{}
	for _, row := range textbook {
		if row.long && os.Getenv(longVariable) == "" {
			continue
		}
		if requests[row.trace] == nil {
			requests[row.trace] = keysOf(t, filepath.Join(folder, row.trace))
		}
		keys := requests[row.trace]
		one, several := missesOf(t, keys, row.max, row.policy, 1), missesOf(t, keys, row.max, row.policy, 0)
		t.Logf("%-30s %6d entries %-8v misses %6.2f%%, in more shards %6.2f%%, textbook %6.2f%%", row.trace, row.max, row.policy, one, several, row.misses)
		if one > row.misses+.3 {
			t.Errorf("%s, %d entries: %v misses %.2f%%, the textbook's %.2f%%", row.trace, row.max, row.policy, one, row.misses)
		}
	}
}

func keysOf(t *testing.T, path string) (keys [][]byte) {
	r, err := trace.Open(path, "")
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for q := (trace.Request{}); r.Next(&q); {
		all = append(all, q.Key...)
		keys = append(keys, all[len(all)-len(q.Key):])
	}
	if err := errors.Join(r.Err(), r.Close()); err != nil {
		t.Fatal(err)
	}
	return keys
}

// missesOf is how many percent of the requests a cache misses.
func missesOf(t *testing.T, keys [][]byte, max int64, policy lru.Policy, shards int) float64 {
	c, err := lru.New(lru.Options{MaxEntries: max, Policy: policy, Shards: shards, Seed: 1, NoBackground: true, Clock: func() int64 { return 1 }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	for _, key := range keys {
		if _, ok := c.Get(nil, key); !ok {
			if err := c.Set(key, nil, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	return 100 * float64(c.Stats().Misses) / float64(len(keys))
}
