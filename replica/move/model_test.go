package move

import (
	"flag"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// run lets the move come to its end, and returns what is wrong then.
func (w *world) run() error {
	for step := 0; !w.committed; step++ {
		if step == 200_000 {
			return fmt.Errorf("the move does not end: %+v, state %d, %d requests", w.giver.Progress(), w.giver.state, len(w.giver.sent))
		}
		w.step(step)
	}
	w.from.follow()
	w.to.follow()
	in, out := w.slots.HasKey, func(key []byte) bool { return !w.slots.HasKey(key) }
	if err := same("the slots' entries at the taker", entries(w.to.cache, in), entries(w.from.cache, in)); err != nil {
		return err
	}
	if err := same("the taker's own entries", entries(w.to.cache, out), w.own); err != nil {
		return err
	}
	any := func([]byte) bool { return true }
	if err := same("the taker's secondary", entries(w.to.secondary, any), entries(w.to.cache, any)); err != nil {
		return err
	}
	kept := entries(w.from.cache, out)
	for r := NewRemover(w.from.cache, w.from.log, &w.slots); r.Step(50); {
		w.from.follow()
	}
	w.from.follow()
	if err := same("the giver after the removal", entries(w.from.cache, any), kept); err != nil {
		return err
	}
	return same("the giver's secondary after the removal", entries(w.from.secondary, any), kept)
}

func (w *world) step(step int) {
	w.now += time.Duration(w.rand.IntN(300)) * time.Microsecond
	if !w.held && w.rand.IntN(2) == 0 {
		w.write()
	}
	if w.rand.IntN(4) == 0 {
		w.writeAtTaker()
	}
	if step < 3000 && w.rand.IntN(w.rest) == 0 {
		w.trouble()
	}
	if w.now >= w.wait || w.holding {
		w.drive()
	}
	if c := w.conn; c != nil && w.rand.IntN(c.slow) == 0 {
		if c.answers = append(c.answers, w.deliver(c)...); len(c.answers) > 0 {
			n := 1 + w.rand.IntN(len(c.answers))
			w.giver.Received(w.now, c.answers[:n])
			c.answers, w.wait = c.answers[n:], 0
		}
	}
	if len(w.lost) > 0 && w.rand.IntN(60) == 0 { // what a lost connection still has on its way arrives late
		if w.deliver(w.lost[w.rand.IntN(len(w.lost))]); w.rand.IntN(20) == 0 {
			w.lost = w.lost[1:]
		}
	}
	w.from.follow()
	w.to.follow()
}

func same(what string, got, want map[string]string) error {
	if maps.Equal(got, want) {
		return nil
	}
	for key, value := range want {
		if got[key] != value {
			return fmt.Errorf("%s: %s is %.60q, want %.60q (%d entries, want %d)", what, key, got[key], value, len(got), len(want))
		}
	}
	for key, value := range got {
		if _, ok := want[key]; !ok {
			return fmt.Errorf("%s: %s is there, %.60q (%d entries, want %d)", what, key, value, len(got), len(want))
		}
	}
	return nil
}

var seeds = flag.Int("seeds", usualSeeds(), "the number of runs of TestModel")

// usualSeeds is fewer under the race detector, since nothing in a world is concurrent.
func usualSeeds() int {
	if testkit.Race {
		return 5
	}
	return 40
}

// tryMove runs a world and returns the number of attempts that it took.
func tryMove(t *testing.T, seed uint64, m mutant) (attempts int64, err error) {
	w := newWorld(t, seed, m)
	defer w.from.close()
	defer w.to.close()
	err = w.run()
	return w.attempts + w.giver.Progress().Attempts, err
}

// TestModel moves slots under random writes and troubles.
func TestModel(t *testing.T) {
	var attempts int64
	for seed := range uint64(*seeds) {
		n, err := tryMove(t, seed, mutant{})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		attempts += n
	}
	if attempts < int64(2**seeds) {
		t.Errorf("%d attempts only: the troubles do not disturb", attempts)
	}
}
