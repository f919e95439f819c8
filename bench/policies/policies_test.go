package policies

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/cachegopher/cachegopher/lru/shadow"
)

// traces is where recorded requests are, which are no part of the project.
var traces = filepath.Join("..", "..", "..", "shared", "traces")

// long says that the tests take the long traces too: several minutes.
var long = os.Getenv("CACHEGOPHER_LONG_TRACES") != ""

func load(t *testing.T, name string) *Requests {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(traces, name+".*"))
	if err != nil || len(found) == 0 {
		t.Skipf("SKIPPED: the trace %s is not there", name)
	}
	r, err := Load(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestTextbook compares the simulations with others of the same policies and traces, by other programs: most are within
// 0.1 points; those of few objects differ in how they round the share of S3-FIFO's small queue.
func TestTextbook(t *testing.T) {
	tests := []struct {
		trace                   string
		objects                 int
		lru, sieve, s3, optimum float64
		long                    bool
	}{
		{"web07", 204, 60.85, 57.68, 56.21, 46.61, false},
		{"web07", 2048, 44.34, 42.07, 41.88, 31.91, false},
		{"web12", 137, 60.30, 59.75, 58.98, 41.53, false},
		{"web12", 1375, 31.52, 28.28, 27.75, 19.97, false},
		{"orm-night", 864, 33.76, 38.53, 35.35, 25.59, true},
		{"orm-night", 8646, 6.52, 6.31, 5.95, 4.00, true},
		{"lirs-2_pools", 99, 78.23, 52.30, 55.39, 49.49, true},
		{"lirs-2_pools", 993, 45.62, 45.68, 45.65, 31.54, true},
		{"lirs-loop", 101, 100, 100, 100, 90.11, true},
		{"lirs-multi3", 74, 94.86, 92.42, 85.19, 71.42, false},
		{"lirs-multi3", 745, 64.51, 62.65, 54.72, 47.09, false},
		{"lirs-sprite", 70, 83.67, 80.71, 78.69, 57.83, true},
		{"lirs-sprite", 707, 13.52, 18.48, 13.80, 8.64, true},
		{"arc-oltp", 1868, 58.37, 59.71, 53.54, 40.24, true},
		{"arc-oltp", 18688, 33.48, 33.34, 32.22, 23.79, true},
		{"arc-p3", 7625, 98.41, 97.14, 95.97, 89.31, true},
		{"arc-p3", 76254, 83.19, 75.17, 66.09, 44.79, true},
		{"cloudphysics", 489, 83.80, 82.92, 83.04, 79.26, true},
		{"cloudphysics", 4897, 80.49, 79.07, 75.25, 62.89, true},
		{"adapt-size", 368, 75.71, 73.86, 73.56, 64.83, true},
		{"adapt-size", 3681, 65.81, 62.50, 62.56, 54.96, true},
	}
	requests := map[string]*Requests{}
	for _, test := range tests {
		if test.long && !long {
			continue
		}
		if requests[test.trace] == nil {
			requests[test.trace] = load(t, test.trace)
		}
		r := requests[test.trace]
		for _, fixed := range []struct {
			kind shadow.Kind
			want float64
		}{{shadow.LRU, test.lru}, {shadow.SIEVE, test.sieve}, {shadow.S3FIFO, test.s3}} {
			rule := shadow.Rule{Kind: fixed.kind}
			if got := r.Fixed(rule, test.objects, 0); math.Abs(got-fixed.want) > .45 {
				t.Errorf("%s, %d objects: %v misses %.2f%%, others measured %.2f%%", test.trace, test.objects, rule, got, fixed.want)
			}
		}
		if got := r.Optimum(test.objects, 0); math.Abs(got-test.optimum) > .04 {
			t.Errorf("%s, %d objects: the optimum misses %.2f%%, others measured %.2f%%", test.trace, test.objects, got, test.optimum)
		}
	}
}
