package sim

import (
	"testing"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// TestEtcdSeeds runs the worlds of many seeds in which etcd decides who leads. To repeat one: -run EtcdSeeds -first SEED -seeds 1.
func TestEtcdSeeds(t *testing.T) { testSeeds(t, RunEtcd, *seeds) }

// etcdNoticedAt holds seeds that notice a mutation of the rules with etcd; they are tried before others.
var etcdNoticedAt = map[Mutation]uint64{BegunInTime: 25, JoinsFull: 17, StandsBeside: 421, ForgetsEpochs: 17, LeftCount: 23, RestartsUnfenced: 13}

// TestEtcdMutations breaks one rule at a time and wants that noticed within 300 seeds.
func TestEtcdMutations(t *testing.T) {
	if testkit.Race {
		t.Skip("SKIPPED: whether a broken rule is noticed has nothing to do with races")
	}
	for _, m := range EtcdMutations() {
		t.Run(string(m), func(t *testing.T) {
			t.Parallel()
			wantNoticed(t, RunEtcd, m, etcdNoticedAt[m], 300)
		})
	}
}
