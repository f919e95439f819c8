package lru

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// scanned is a cache that changes while it is walked. Keys that start with
// "stay" are set before a walk and never again, so that one found afterwards was
// there all along; the others come and go.
type scanned struct {
	c     Shards
	r     *rand.Rand
	now   int64
	stay  int
	live  map[string]bool // set since and not deleted
	order []string        // keys that came, for deletions
	buf   []byte
}

func newScanned(t *testing.T, o Options, seed uint64, stay int) *scanned {
	x := &scanned{r: rand.New(rand.NewPCG(seed, 1)), now: 1000, stay: stay, live: map[string]bool{}}
	o.Clock = func() int64 { return x.now }
	o.Seed = seed | 1
	x.c = newTestCache(t, o)
	for i := range stay {
		x.set(t, x.stayKey(i), 20)
	}
	return x
}

// stayKey is one of the keys that stay; some are so long that they are chained.
func (x *scanned) stayKey(i int) string {
	k := fmt.Sprint("stay:", i)
	if i%100 == 7 {
		k += strings.Repeat("x", 3000)
	}
	return k
}

func (x *scanned) set(t *testing.T, key string, size int) {
	x.buf = valueFor(x.buf, "v", 1, size)
	if err := x.c.Set([]byte(key), x.buf, 0); err != nil {
		t.Fatal(err)
	}
	x.live[key] = true
}

func (x *scanned) insert(t *testing.T, n, size int) {
	for range n {
		key := fmt.Sprint("come:", len(x.order))
		x.order = append(x.order, key)
		x.set(t, key, size)
	}
}

func (x *scanned) delete(n int) {
	for ; n > 0 && len(x.order) > 0; n-- {
		i := x.r.IntN(len(x.order))
		key := x.order[i]
		x.c.Delete([]byte(key))
		delete(x.live, key)
		x.order[i] = x.order[len(x.order)-1]
		x.order = x.order[:len(x.order)-1]
	}
}

// use asks for the keys that stay, so that others are evicted before them.
func (x *scanned) use() {
	for i := range x.stay {
		x.buf, _ = x.c.Get(x.buf[:0], []byte(x.stayKey(i)))
	}
}

// walk goes through the cache from end to end, calls meanwhile after every step,
// and returns how often each key was shown.
func (x *scanned) walk(t *testing.T, count int, meanwhile func(step int)) map[string]int {
	t.Helper()
	seen := map[string]int{}
	cursor := uint64(0)
	for step := 0; ; step++ {
		shown := 0
		next := x.c.Scan(cursor, count, x.now, func(_ Reader, _ Entry, key []byte) {
			shown++
			seen[string(key)]++
			if !x.live[string(key)] {
				t.Errorf("the walk shows %.20q, which is not there", key)
			}
		})
		if shown > count+100 {
			t.Errorf("asked for about %d entries, one step showed %d", count, shown)
		}
		if next == 0 {
			return seen
		}
		if next <= cursor {
			t.Fatalf("the cursor went from %#x to %#x", cursor, next)
		}
		cursor = next
		meanwhile(step)
	}
}

// checkSeen asks for every key that stayed, and that at least least of them did.
func (x *scanned) checkSeen(t *testing.T, seen map[string]int, least int) {
	t.Helper()
	stayed := 0
	for i := range x.stay {
		key := []byte(x.stayKey(i))
		h := x.c.Hash(key)
		s := x.c.Lock(h)
		_, ok := s.Peek(h, key, x.now)
		s.Unlock()
		if !ok {
			continue
		}
		stayed++
		if seen[string(key)] == 0 {
			t.Errorf("%.20q was there all the time and not shown", key)
		}
	}
	if stayed < least {
		t.Errorf("only %d of %d keys stayed: the test shows nothing", stayed, x.stay)
	}
}

// scanOptions are caches of one and of many shards, with small and large pages.
var scanOptions = map[string]Options{
	"one shard":   {MaxMemory: 32 << 20, Shards: 1},
	"16 shards":   {MaxMemory: 64 << 20, Shards: 16},
	"many shards": {MaxMemory: 64 << 20, Shards: manyShards()},
}

// manyShards is the most that a cache takes by itself, or fewer where the memory of
// each comes from the heap.
func manyShards() int {
	if poisonFreed {
		return 64
	}
	return 256
}

// scale is n, or less under the race detector.
func scale(n int) int {
	if poisonFreed || testing.Short() || testFiles != nil {
		return n / 5
	}
	return n
}

// TestScanStill walks a cache that does not change: each key is shown once, for
// any size of step.
func TestScanStill(t *testing.T) {
	for name, o := range scanOptions {
		t.Run(name, func(t *testing.T) {
			x := newScanned(t, o, testSeed(t), scale(20_000))
			for _, count := range []int{1, 10, 1000, 1 << 40} {
				seen := x.walk(t, count, func(int) {})
				for key, n := range seen {
					if n != 1 {
						t.Errorf("%.20q was shown %d times", key, n)
					}
				}
				if len(seen) != x.stay {
					t.Errorf("steps of %d showed %d keys of %d", count, len(seen), x.stay)
				}
			}
		})
	}
}

// TestScanPromise changes the cache between the steps of a walk, in each of the
// ways that move entries about.
func TestScanPromise(t *testing.T) {
	for name, o := range scanOptions {
		t.Run(name+" grows", func(t *testing.T) {
			x := newScanned(t, o, testSeed(t), 2000)
			before := x.depths()
			seen := x.walk(t, 10, func(step int) {
				if len(x.order) < scale(50_000) {
					x.insert(t, scale(1000), 10)
				}
			})
			x.checkSeen(t, seen, x.stay)
			if x.c.table.Load().geo.shardBits < 5 && x.depths() <= before {
				t.Error("the index did not grow")
			}
		})
		t.Run(name+" shrinks", func(t *testing.T) {
			x := newScanned(t, o, testSeed(t), 500)
			x.insert(t, scale(50_000), 10)
			seen := x.walk(t, 10, func(int) { x.delete(scale(1000)) })
			x.checkSeen(t, seen, x.stay)
		})
		t.Run(name+" evicts", func(t *testing.T) {
			x := newScanned(t, o, testSeed(t), 500)
			_ = x.c.SetLimits(int64(max(3000, 8*len(x.c.table.Load().shards))), 0)
			seen := x.walk(t, 10, func(step int) {
				if step%3 == 0 {
					x.use()
				}
				x.insert(t, scale(300), x.r.IntN(100))
			})
			x.checkSeen(t, seen, 250)
			if n := x.c.Stats().Evictions; n < 1000 {
				t.Errorf("only %d entries were evicted", n)
			}
		})
		t.Run(name+" changes", func(t *testing.T) {
			x := newScanned(t, o, testSeed(t), 1000)
			x.insert(t, 2000, 10)
			sizes := []int{10, 100, 1000, 20_000}
			seen := x.walk(t, 1+x.r.IntN(50), func(step int) {
				if step < 2000 {
					x.insert(t, x.r.IntN(100), sizes[step/8%len(sizes)])
					x.delete(x.r.IntN(120))
				}
				if step%40 == 0 {
					x.use()
				}
			})
			x.checkSeen(t, seen, 500)
		})
	}
}

// depths is the sum of the depths of all directories.
func (x *scanned) depths() (sum uint) {
	for i := range x.c.table.Load().shards {
		sum += x.c.table.Load().shards[i].index.Depth()
	}
	return sum
}
