package lru

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/policy"
)

const (
	poisonFreed  = memory.Poisoned
	exactEntries = policy.ExactEntries
)

// seedVariable repeats a run of all random tests when it is set to the seed that
// the run printed.
const seedVariable = "CACHEGOPHER_SEED"

// TestMain gives rapid its seed and more runs than it makes by itself.
func TestMain(m *testing.M) {
	runKillChild()
	flag.Parse()
	seed, err := strconv.ParseUint(os.Getenv(seedVariable), 10, 64)
	if err != nil {
		seed = rand.Uint64()
	}
	defaults := map[string]string{"rapid.seed": fmt.Sprint(seed | 1), "rapid.checks": fmt.Sprint(scale(400))}
	flag.Visit(func(f *flag.Flag) { delete(defaults, f.Name) })
	for name, value := range defaults {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	fmt.Printf("rapid: -rapid.seed=%s -rapid.checks=%s\n", flag.Lookup("rapid.seed").Value, flag.Lookup("rapid.checks").Value)
	os.Exit(m.Run())
}

// testSeed returns a seed for random tests: fresh, or the one to repeat a run with.
func testSeed(t testing.TB) uint64 {
	seed := rand.Uint64()
	if s := os.Getenv(seedVariable); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatalf("%s is not a number: %v", seedVariable, err)
		}
	}
	t.Logf("seed: %s=%d", seedVariable, seed)
	return seed
}
