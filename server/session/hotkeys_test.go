package session

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

// TestHotKeys reads one key in a third of all requests, another in a tenth, and many others in the rest.
func TestHotKeys(t *testing.T) {
	f := newFixture(t, lru.Options{})
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300_000 {
		key := fmt.Sprint("cold", rng.IntN(100_000))
		switch r := rng.IntN(30); {
		case r < 10:
			key = "hot"
		case r < 13:
			key = "warm"
		}
		f.do(resp("GET", key))
	}
	got := f.n.HotKeys(10)
	if len(got) != 2 || got[0].Key != "hot" || got[1].Key != "warm" {
		t.Fatalf("got %v", got)
	}
	for i, want := range []float64{1. / 3, 0.1} {
		if s := got[i].Share; s < want-0.03 || s > want+0.05 {
			t.Errorf("%s has a share of %.3f, want about %.3f", got[i].Key, s, want)
		}
	}
}

func TestHotKeysAllocateNothing(t *testing.T) {
	var h hotKeys
	key := []byte("some key")
	n := uint64(0)
	if a := testing.AllocsPerRun(1000, func() { n++; h.add(n, key) }); a != 0 {
		t.Errorf("%v allocations", a)
	}
}
