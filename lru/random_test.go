package lru

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// TestModel gives a cache and its model the same short series of operations,
// thousands of them, under all kinds of budgets. Replies, order of eviction and
// counters must be the same, and all invariants hold all the while. What fails is made as small as it can be, and rapid prints the seed.
func TestModel(t *testing.T) {
	budgets := map[string]func(dice) config{
		"entries": func(d dice) config { return config{maxEntries: 1 + d(40, "max"), keys: 60} },
		"bytes":   func(d dice) config { return config{maxMemory: 300 << 10, keys: 100, filled: 20 + d(20, "filled")} },
		"both": func(d dice) config {
			return config{maxEntries: 20 + d(20, "max"), maxMemory: 300 << 10, keys: 100, filled: 20}
		},
	}
	for name, budget := range budgets {
		t.Run(name, func(t *testing.T) {
			var ops, pressed int64
			rapid.Check(t, func(rt *rapid.T) {
				d := func(n int, what string) int { return rapid.IntRange(0, n-1).Draw(rt, what) }
				p, err := newPair(budget(d), rapid.Uint64().Draw(rt, "seed"))
				if err != nil {
					rt.Fatal(err)
				}
				defer p.c.Close()
				for range d(100, "operations") {
					if err := p.step(d); err != nil {
						rt.Fatal(err)
					}
					if ops++; ops%4 == 0 {
						p.mustCheck(rt)
					}
				}
				p.mustCheck(rt)
				pressed += p.m.stats.Evictions
			})
			t.Logf("%d operations, %d evictions", ops, pressed)
			if pressed == 0 && !testing.Short() { // a quick run's few series may all be shorter than the budgets
				t.Error("nothing was evicted")
			}
		})
	}
}

// longConfigs are the budgets of long runs: entries from few to as many as one
// exact shard holds, and memory from the least to more than all the keys need.
var longConfigs = []config{
	{maxEntries: 3, keys: 10},
	{maxEntries: 500, keys: 1000},
	{maxEntries: exactEntries, keys: 8000},
	{maxMemory: MinMemory, keys: 300},
	{maxMemory: 4 << 20, keys: 3000},
	{maxMemory: 200 << 20, keys: 4000},
	{maxEntries: 1000, maxMemory: 2 << 20, keys: 3000},
}

// operationCount is what the environment says in variable, and usual, as far as the test is not to be quick, when it
// says nothing.
func operationCount(t *testing.T, variable string, usual int) int {
	t.Helper()
	s := os.Getenv(variable)
	if s == "" {
		return scale(usual)
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("%s is not a number: %v", variable, err)
	}
	return n
}

// TestModelLong gives each of several caches and its model one long series of
// operations. make lru-long sets CACHEGOPHER_OPERATIONS to a hundred million of
// them; without it there are a few.
func TestModelLong(t *testing.T) {
	total := operationCount(t, "CACHEGOPHER_OPERATIONS", 70_000)
	seed := testSeed(t)
	for i, o := range longConfigs {
		t.Run(fmt.Sprintf("%+v", o), func(t *testing.T) {
			p, err := newPair(o, seed)
			if err != nil {
				t.Fatal(err)
			}
			defer p.c.Close()
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			d := func(n int, _ string) int { return r.IntN(n) }
			ops := total / len(longConfigs)
			for op := range ops {
				if err := p.step(d); err != nil {
					t.Fatalf("operation %d: %v", op, err)
				}
				if op%max(ops/1000, 1000) == 0 {
					p.mustCheck(t)
				}
			}
			p.mustCheck(t)
			t.Logf("%d operations: %+v", ops, p.c.Stats())
		})
	}
}
