package sim

import "testing"

// TestKeptSeeds runs the worlds of an eighth as many seeds in which nodes keep their memory. To repeat one: -run KeptSeeds
// -first SEED -seeds 1.
func TestKeptSeeds(t *testing.T) { testSeeds(t, RunKept, (*seeds+7)/8) }

// TestKeptMutations breaks one rule at a time of nodes that keep their memory, and wants that noticed within 50 seeds.
func TestKeptMutations(t *testing.T) {
	for _, m := range []Mutation{NobodyLags, KilledWhole, NotedBehind} {
		t.Run(string(m), func(t *testing.T) { wantNoticed(t, RunKept, m, 0, 2000) })
	}
}
