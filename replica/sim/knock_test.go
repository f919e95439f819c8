package sim

import (
	"testing"
	"time"
)

// TestKnock brings a secondary back after its primary has long tried in vain, and wants it in step at once. Without the
// knock it must wait for the primary's next attempt.
func TestKnock(t *testing.T) {
	if took := comeBack(t, None); took > 300*time.Millisecond {
		t.Errorf("in step %v after the start", took)
	}
	if comeBack(t, NoKnock) < time.Second {
		t.Error("a secondary that does not knock is as fast: this test sees nothing")
	}
}

// comeBack returns the longest time of several in which a secondary was in step again after an absence.
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
