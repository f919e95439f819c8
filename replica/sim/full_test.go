package sim

import (
	"errors"
	"testing"
)

// TestFullSeeds runs the worlds of one seed in 64 in which nodes lack room. To repeat one: -run FullSeeds -first SEED
// -seeds 1.
func TestFullSeeds(t *testing.T) { testSeeds(t, RunFull, (*seeds+63)/64) }

// TestFullMutations breaks the rule of secondaries without room, and wants that noticed within 50 seeds.
func TestFullMutations(t *testing.T) {
	for seed := range uint64(50) {
		var f *Failure
		if err := RunFull(seed, Options{Mutation: KeepsBefore}); errors.As(err, &f) {
			t.Logf("noticed at seed %d: %v", seed, f.Err)
			return
		}
	}
	t.Error("not noticed within 50 seeds")
}
