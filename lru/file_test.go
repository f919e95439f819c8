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
