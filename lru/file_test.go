package lru

import (
	"os"
	"testing"
)

// testFiles is Options.Shared of the caches that the models' tests make.
var testFiles func(int64) (*os.File, error)

// TestModelsInFiles runs the tests of models, of random and of concurrent use again, in shared memory.
func TestModelsInFiles(t *testing.T) {
	if !CanShare {
		t.Skip("SKIPPED: this build has no shared memory")
	}
	testFiles = memfd
	defer func() { testFiles = nil }()
	for name, test := range map[string]func(*testing.T){
		"Model":           TestModel,
		"ModelLong":       TestModelLong,
		"FlatModel":       TestFlatModel,
		"Limits":          TestLimitsModel,
		"LimitsAsStarted": TestLimitsAsStarted,
		"ModelConcurrent": TestModelConcurrent,
		"Concurrent":      TestConcurrent,
	} {
		t.Run(name, test)
	}
}

// TestFewEntriesStayInSmallerFile lowers the budget of a table in a file to a 64th. Values of all sizes then have a page for
// each size in each shard, so that the table must not be kept if these alone take more than the budget.
func TestFewEntriesStayInSmallerFile(t *testing.T) {
	if !CanShare {
		t.Skip("SKIPPED: this build has no shared memory")
	}
	testFiles = memfd
	defer func() { testFiles = nil }()
	c := newTestCache(t, Options{MaxMemory: 4 << 30})
	const n = 3000
	for i := range n {
		if i == n/2 {
			if err := c.SetLimits(0, 64<<20); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Set(benchKey(nil, uint64(i)), noise[:i%1200], 0); err != nil {
			t.Fatalf("entry %d: %v", i, err)
		}
	}
	if st := settle(t, c); st.Entries != n || st.Evictions != 0 {
		t.Errorf("of %d entries in %d of %d bytes %d are left, %d were evicted", n, st.LiveBytes, st.MaxMemory, st.Entries, st.Evictions)
	}
}
