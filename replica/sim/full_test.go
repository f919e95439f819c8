package sim

import "testing"

// TestFullSeeds runs the worlds of one seed in 64 in which nodes lack room. To repeat one: -run FullSeeds -first SEED
// -seeds 1.
func TestFullSeeds(t *testing.T) { testSeeds(t, RunFull, (*seeds+63)/64) }

// TestFullMutations breaks the rule of secondaries without room, and wants that noticed within 50 seeds.
func TestFullMutations(t *testing.T) { wantNoticed(t, RunFull, KeepsBefore, 0, 50) }
