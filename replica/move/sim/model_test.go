package sim

import (
	"flag"
	"testing"
	"testing/synctest"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

var (
	seeds = flag.Int("seeds", 10, "the number of runs of TestModel; with the race detector a quarter of it")
	first = flag.Uint64("first", 0, "the seed of the first run of TestModel")
)

// mutant breaks rules on purpose. The zero value breaks none.
type mutant struct {
	skipsHold        bool // writes go on while a move is handed over
	removesFirst     bool // secondaries are told of a move after its entries are removed
	ignoresGiver     bool // a commit does not compare the primary of the giver's group
	ignoresTaker     bool // a commit does not compare the primary of the taker's group
	keepsLeftovers   bool // a taker keeps what it holds of the slots
	doneEarly        bool // the taker hears that a move is done before it is committed
	skipsSecondaries bool // the taker confirms before its secondaries have everything
	asksNobody       bool // a hand-over begins whether etcd answers or not
}

func try(t *testing.T, seed uint64, m mutant) (w *world, err error) {
	synctest.Test(t, func(*testing.T) {
		w = newWorld(seed, m)
		err = w.run()
	})
	return w, err
}

// TestModel moves slots to and fro under troubles.
func TestModel(t *testing.T) {
	if testkit.Race {
		*seeds = (*seeds + 3) / 4
	}
	moves, changes, writes := 0, 0, 0
	for seed := *first; seed < *first+uint64(*seeds); seed++ {
		w, err := try(t, seed, mutant{})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		moves, changes, writes = moves+w.moves, changes+w.changes, writes+w.writes
	}
	t.Logf("%d moves, %d changes of primary, %d writes", moves, changes, writes)
	if moves < 2**seeds || changes < 2**seeds {
		t.Errorf("%d moves and %d changes of primary only", moves, changes)
	}
}

// mutantRuns is how many runs may take no notice of a broken rule. The rarest is noticed in about one of 70: a run is not the
// same each time that it has the same seed, since stores hash keys with seeds of their own.
const mutantRuns = 1000

// TestMutants wants each broken rule to be noticed, which it is after a few runs, or some hundred.
func TestMutants(t *testing.T) {
	if testkit.Race {
		t.Skip("SKIPPED: the race detector makes it slow, and TestModel has the same code")
	}
	for name, m := range map[string]mutant{
		"hold skipped":                     {skipsHold: true},
		"removal before the note":          {removesFirst: true},
		"commit ignores the giver's term":  {ignoresGiver: true},
		"commit ignores the taker's term":  {ignoresTaker: true},
		"leftovers kept":                   {keepsLeftovers: true},
		"done before the commit":           {doneEarly: true},
		"confirmed before the secondaries": {skipsSecondaries: true},
		"hand-over without etcd":           {asksNobody: true},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(mutantRuns) {
				if _, err := try(t, seed, m); err != nil {
					t.Logf("seed %d: %v", seed, err)
					return
				}
			}
			t.Errorf("%d runs did not notice it", mutantRuns)
		})
	}
}
