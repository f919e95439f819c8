package lru

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
)

// TestScanExpired checks that a walk never shows expired entries, whether it
// expired before or during the walk, and leaves it to others to remove.
func TestScanExpired(t *testing.T) {
	x := newScanned(t, scanOptions["16 shards"], testSeed(t), 1000)
	at := map[string]int64{}
	for i := range 3000 {
		key := fmt.Sprint("expires:", i)
		at[key] = x.now + x.r.Int64N(500) - 50
		if err := x.c.SetAt([]byte(key), []byte("v"), at[key]); err != nil {
			t.Fatal(err)
		}
	}
	shown, entries := 0, x.c.Len()
	for cursor := uint64(0); ; x.now++ {
		cursor = x.c.Scan(cursor, 3, x.now, func(s Reader, e Entry, key []byte) {
			shown++
			if when := at[string(key)]; when != 0 && when <= x.now || when != s.Expiry(e) {
				t.Errorf("%s expires at %d, by the entry at %d, and is shown at %d", key, when, s.Expiry(e), x.now)
			}
		})
		if cursor == 0 {
			break
		}
	}
	if shown <= x.stay || shown >= x.stay+len(at) {
		t.Errorf("%d entries were shown, of %d that stay and %d that expire", shown, x.stay, len(at))
	}
	if n := x.c.Len(); n != entries {
		t.Errorf("the walk changed the number of entries from %d to %d", entries, n)
	}
}

// TestScanAnyCursor checks that a walk can begin at any number at all, as a client
// may send one, and still comes to its end.
func TestScanAnyCursor(t *testing.T) {
	for name, o := range scanOptions {
		t.Run(name, func(t *testing.T) {
			x := newScanned(t, o, testSeed(t), 2000)
			cursors := []uint64{0, 1, 1<<56 - 1, 1 << 56, ^uint64(0), 1 << 63}
			for range scale(200) {
				cursors = append(cursors, x.r.Uint64()>>x.r.IntN(64))
			}
			for _, cursor := range cursors {
				for steps := 0; ; steps++ {
					next := x.c.Scan(cursor, 100, x.now, func(Reader, Entry, []byte) {})
					if next == 0 {
						break
					}
					if next <= cursor<<cursorShift>>cursorShift || steps > 2000 {
						t.Fatalf("cursor %#x is followed by %#x after %d steps", cursor, next, steps)
					}
					cursor = next
				}
			}
			if next := x.c.Scan(5, 0, x.now, nil); next != 5 {
				t.Errorf("no step at all moved the cursor from 5 to %d", next)
			}
		})
	}
}

// TestScanConcurrent walks while other goroutines change the cache.
func TestScanConcurrent(t *testing.T) {
	x := newScanned(t, scanOptions["16 shards"], testSeed(t), 500)
	seed := x.r.Uint64()
	stop := make(chan struct{})
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(stop)
	for g := range 3 {
		wg.Go(func() { comeAndGo(t, x.c, rand.New(rand.NewPCG(seed, uint64(g))), stop) })
	}
	for range scale(50) {
		seen := map[string]int{}
		for cursor := uint64(0); ; {
			cursor = x.c.Scan(cursor, 20, x.now, func(_ Reader, _ Entry, key []byte) { seen[string(key)]++ })
			if cursor == 0 {
				break
			}
		}
		x.checkSeen(t, seen, x.stay)
	}
}

// comeAndGo sets and deletes up to 50,000 small keys, which the index must
// follow, until stop is closed.
func comeAndGo(t *testing.T, c Shards, r *rand.Rand, stop chan struct{}) {
	var key []byte
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		default:
		}
		key = fmt.Appendf(key[:0], "go:%d", r.IntN(50_000))
		if i/50_000%2 == 0 {
			if err := c.Set(key, key, 0); err != nil {
				t.Error(err)
				return
			}
		} else {
			c.Delete(key)
		}
	}
}
