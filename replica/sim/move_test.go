package sim

import (
	"fmt"
	"maps"
	"testing"
	"time"
)

// TestMovedPrimary gives the nodes a config with another primary and restarts them, empty, one after the other, in every
// order in which the new primary is not the last. The group's data must survive, also if the new primary starts while the
// old one still leads, or after the old one has begun to follow it.
func TestMovedPrimary(t *testing.T) {
	for seed, order := range [][]int{{0, 1, 2}, {1, 0, 2}, {1, 2, 0}, {2, 1, 0}} {
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			w := newWorld(uint64(seed), Options{})
			w.calm = true
			w.params.secondaries, w.params.evicts, w.params.flushes, w.params.changes = 2, false, false, true
			w.params.keys, w.params.large = 200, 1000
			w.params.delay, w.params.slow = 5*time.Millisecond, 5*time.Millisecond
			w.nodes, w.params.entries = nil, []int64{100_000, 100_000, 100_000}
			for i := range 3 {
				w.nodes = append(w.nodes, &node{w: w, index: i, id: fmt.Sprintf("n%d", i)})
			}
			w.model = newModel(3)
			for _, n := range w.nodes {
				n.start(nil)
			}
			w.until(5 * time.Second)
			for range 300 {
				w.change(w.lead())
				w.until(w.now + 5*time.Millisecond)
			}
			w.until(w.now + 2*time.Second)
			w.latest = 1 << 60 // entries may expire while nodes restart
			held := w.lead().contents()
			maps.DeleteFunc(held, func(_ string, e entry) bool { return e.expireAt != 0 })
			w.leader = 1
			for _, i := range order {
				w.nodes[i].crash()
				w.until(w.now + 500*time.Millisecond)
				w.nodes[i].start(nil)
				w.until(w.now + 4*time.Second)
			}
			w.quiet = true
			w.until(w.now + 10*time.Second)
			if w.err != nil || !w.together() {
				t.Fatalf("not together: %v\n%v", w.err, w.trace)
			}
			for _, n := range w.nodes {
				now := n.contents()
				for k, e := range held {
					if now[k] != e {
						t.Fatalf("%s has %s=%.12q, the group held %.12q\n%v", n, k, now[k].value, e.value, w.trace)
					}
				}
				if err := n.cache.Close(); err != nil {
					t.Error(err)
				}
			}
			if len(held) < 50 {
				t.Errorf("only %d entries were held: this test sees little", len(held))
			}
		})
	}
}
