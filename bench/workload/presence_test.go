package workload

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"
)

// TestPresenceNeverLies has sets, deletes and reads of few keys at the same time on a map that executes them in any order. No
// miss may count as false, and once all is quiet every key that was stored last must be known to be there.
func TestPresenceNeverLies(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	const keys = 4
	p := NewPresence(keys)
	var mu sync.Mutex
	var have [keys]bool
	for i := range have {
		have[i] = true
	}
	execute := func(r *rand.Rand, do func()) { // after a while, and before one, in which others may overtake it
		for range r.IntN(4) {
			runtime.Gosched()
		}
		mu.Lock()
		do()
		mu.Unlock()
		for range r.IntN(4) {
			runtime.Gosched()
		}
	}
	var wg sync.WaitGroup
	for g := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, g))
		wg.Go(func() {
			for range 20000 {
				k := r.Uint64N(keys)
				switch r.IntN(4) {
				case 0:
					mark, alone := p.Writing(k)
					execute(r, func() { have[k] = true })
					if alone {
						p.Stored(k, mark)
					}
				case 1:
					p.Deleting(k)
					execute(r, func() { have[k] = false })
					p.Deleted(k)
				default:
					mark, sure := p.Mark(k)
					found := false
					execute(r, func() { found = have[k] })
					if sure && !found && p.Must(k, mark) {
						t.Errorf("key %d was deleted, and its miss counts as false", k)
					}
				}
			}
		})
	}
	wg.Wait()
	for k := range uint64(keys) {
		mark, alone := p.Writing(k)
		if !alone {
			t.Errorf("key %d: deletes are under way", k)
		}
		p.Stored(k, mark)
		if mark, sure := p.Mark(k); !sure || !p.Must(k, mark) {
			t.Errorf("key %d was stored and is not known to be there", k)
		}
		p.Lost(k)
		if _, sure := p.Mark(k); sure {
			t.Errorf("key %d: after a lost write it is thought to be there", k)
		}
	}
}
