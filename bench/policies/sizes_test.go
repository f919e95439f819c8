package policies

import (
	"testing"

	"github.com/cachegopher/cachegopher/lru/shadow"
)

// TestSizes logs object and byte misses of a trace with sizes. AUTO counts objects, so it must be near the best policy by these.
func TestSizes(t *testing.T) {
	if !long {
		t.Skip("SKIPPED: set CACHEGOPHER_LONG_TRACES")
	}
	r := load(t, "adapt-size")
	from, footprint := len(r.Keys), r.Footprint()
	r = r.Twice()
	for _, share := range []float64{.01, .1, .3} {
		memory, best := int64(share*float64(footprint)), 100.0
		for _, rule := range shadow.Rules() {
			misses, bytes := r.Sized(rule, memory, from)
			best = min(best, misses)
			t.Logf("%5.0f%% of %d MB, %v: %.2f%% of the reads missed, %.2f%% of the bytes", 100*share, footprint>>20, rule, misses, bytes)
		}
		misses, bytes := r.SizedAuto(memory, from)
		t.Logf("%5.0f%%, AUTO: %.2f%% of the reads missed, %.2f%% of the bytes", 100*share, misses, bytes)
		if misses > best+1.5 {
			t.Errorf("AUTO misses %.2f%%, the best policy %.2f%%", misses, best)
		}
	}
}
