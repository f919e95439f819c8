package node

import (
	"errors"
	"testing"
	"time"
)

// TestPurge wants leftovers to be removed in short steps with rests, after each of which the loop is woken.
func TestPurge(t *testing.T) {
	woken := make(chan struct{})
	p := newPurge(func() { woken <- struct{}{} })
	steps, rests := 0, 0
	for {
		over, err := p.run(func(int) (bool, error) {
			steps++
			time.Sleep(50 * time.Microsecond)
			return steps < 100, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if over {
			break
		}
		rests++
		select {
		case <-woken:
		case <-time.After(30 * time.Second):
			t.Fatal("nothing wakes the loop")
		}
		if !p.ready() {
			t.Fatal("woken during the rest")
		}
	}
	if steps != 100 || rests == 0 || rests >= 100 {
		t.Errorf("%d steps, %d rests", steps, rests)
	}
	p.resting.Store(true)
	if over, err := p.run(func(int) (bool, error) { return false, errors.New("a step during a rest") }); over || err != nil || p.ready() {
		t.Error(over, err)
	}
	failed := errors.New("ended")
	if over, err := newPurge(nil).run(func(int) (bool, error) { return true, failed }); over || !errors.Is(err, failed) {
		t.Errorf("%v, %v after a step that failed", over, err)
	}
	var none *purge
	if none.stop(); none.ready() {
		t.Error("nothing to remove, and there is more to do")
	}
}

// TestPurgeRest checks how long the removal of leftovers rests.
func TestPurgeRest(t *testing.T) {
	for _, c := range []struct{ took, since, want time.Duration }{
		{purgeFor, 0, purgeRests * purgeFor},
		{time.Second, 0, purgeRests * 2 * purgeFor},
		{purgeFor, purgeHurry - 1, purgeRests * purgeFor},
		{purgeFor, purgeHurry, 0},
	} {
		if got := purgeRest(c.took, c.since); got != c.want {
			t.Errorf("after %v, %v since the beginning: %v, want %v", c.took, c.since, got, c.want)
		}
	}
}
