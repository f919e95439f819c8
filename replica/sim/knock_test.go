package sim

import (
	"testing"
	"time"
)

// TestKnock has a secondary come back after its primary has long tried in vain, and wants it in step at once;
// without the knock it has to wait for the primary's next attempt.
func TestKnock(t *testing.T) {
	if took := comeBack(t, None); took > 300*time.Millisecond {
		t.Errorf("in step %v after the start", took)
	}
	if comeBack(t, NoKnock) < time.Second {
		t.Error("a secondary that does not knock is as fast: this test sees nothing")
	}
}

// comeBack returns the longest time of several that a secondary took to be in step after it was away.
func comeBack(t *testing.T, m Mutation) (most time.Duration) {
	for seed := range uint64(10) {
		w := newWorld(seed, Options{Mutation: m})
		w.calm, w.quiet = true, true
		w.params.delay, w.params.slow = time.Millisecond, 0
		for _, n := range w.nodes {
			n.start(nil)
		}
		w.until(10 * time.Second)
		n := w.nodes[1]
		n.crash()
		w.until(w.now + 20*time.Second + time.Duration(seed)*100*time.Millisecond)
		n.start(nil)
		for began := w.now; !w.together(); w.until(w.now + 10*time.Millisecond) {
			if most = max(most, w.now-began); w.err != nil || most > time.Minute {
				t.Fatalf("seed %d: not in step after %v: %v\n%v", seed, most, w.err, w.trace)
			}
		}
		for _, n := range w.nodes {
			if err := n.cache.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	return most
}
