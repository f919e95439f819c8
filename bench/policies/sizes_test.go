package policies

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/cachegopher/cachegopher/lru/shadow"
)

// TestSizes logs object and byte misses of requests with sizes. AUTO counts objects, so it must be near the
// best of its rules by these.
func TestSizes(t *testing.T) {
	if !long {
		t.Skip("SKIPPED: set CACHEGOPHER_LONG_TRACES")
	}
	t.Run("adapt-size", func(t *testing.T) {
		r := load(t, "adapt-size")
		compareSized(t, r.Twice(), len(r.Keys))
	})
	for seed := range 5 { // the bytes missed depend on which of the popular keys are large
		t.Run(fmt.Sprint("meta-kvcache ", seed), func(t *testing.T) {
			r := drawn(t, fmt.Sprintf(`{"numKeys": 100000, "numOps": 4000000, "seed": %d}`, seed))
			compareSized(t, r, len(r.Keys)/2)
		})
	}
}

// drawn returns requests that are drawn from the description of a key-value cache, as many as options says.
func drawn(t *testing.T, options string) *Requests {
	t.Helper()
	for _, part := range []string{"pop", "sizes"} {
		text, err := os.ReadFile(filepath.Join(traces, "meta-kvcache-"+part+".json"))
		if err != nil {
			t.Skip("SKIPPED: the description meta-kvcache is not there")
		}
		options += string(text)
	}
	path := filepath.Join(t.TempDir(), "meta-kvcache.json")
	if err := os.WriteFile(path, []byte(options), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// compareSized replays requests with caches of three shares of their bytes; misses count from a request on.
func compareSized(t *testing.T, r *Requests, from int) {
	t.Helper()
	footprint := r.Footprint()
	t.Logf("%d requests of %d keys", len(r.Keys), r.Count)
	for _, share := range []float64{.01, .1, .3} {
		memory, best := int64(share*float64(footprint)), 100.0
		for i, rule := range append(shadow.Rules(), shadow.Rule{Kind: shadow.SIEVE}, shadow.Rule{Kind: shadow.S3FIFO}) {
			misses, bytes := r.Sized(rule, memory, from)
			if i < len(shadow.Rules()) {
				best = min(best, misses) // of those that AUTO chooses from
			}
			t.Logf("%5.0f%% of %d MB, %v: %.2f%% of the reads missed, %.2f%% of the bytes", 100*share, footprint>>20, rule, misses, bytes)
		}
		misses, bytes := r.SizedAuto(memory, from)
		t.Logf("%5.0f%%, AUTO: %.2f%% of the reads missed, %.2f%% of the bytes", 100*share, misses, bytes)
		if misses > best+1.5 {
			t.Errorf("AUTO misses %.2f%%, the best of its rules %.2f%%", misses, best)
		}
	}
}
