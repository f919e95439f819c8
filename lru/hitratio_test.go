package lru

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
	"testing"
)

// exactLRU is the textbook: one list over all entries. Keys are numbers below
// len(next)-1; the last number is the list's own end.
type exactLRU struct {
	next, prev []int32 // next < 0: not in the cache
	used, max  int
}

func newExactLRU(keys, max int) *exactLRU {
	l := &exactLRU{next: make([]int32, keys+1), prev: make([]int32, keys+1), max: max}
	for i := range l.next {
		l.next[i] = -1
	}
	l.next[keys], l.prev[keys] = int32(keys), int32(keys)
	return l
}

// request asks for key k, puts it in when it is not there, and reports a hit.
func (l *exactLRU) request(k int32) (hit bool) {
	root := int32(len(l.next) - 1)
	if hit = l.next[k] >= 0; hit {
		l.unlink(k)
	} else if l.used == l.max {
		l.unlink(l.prev[root])
	} else {
		l.used++
	}
	first := l.next[root]
	l.next[k], l.prev[k] = first, root
	l.next[root], l.prev[first] = k, k
	return hit
}

func (l *exactLRU) unlink(k int32) {
	l.next[l.prev[k]], l.prev[l.next[k]] = l.next[k], l.prev[k]
	l.next[k] = -1
}

// zipf draws numbers below its length, i with a weight of 1/(i+1)^s. The
// library's Zipf knows no s below 1.
type zipf []float64

func newZipf(n int, s float64) zipf {
	z, sum := make(zipf, n), 0.0
	for i := range z {
		sum += math.Pow(float64(i+1), -s)
		z[i] = sum
	}
	return z
}

func (z zipf) draw(r *rand.Rand) int32 {
	i := sort.SearchFloat64s(z, r.Float64()*z[len(z)-1])
	return int32(min(i, len(z)-1))
}

// pattern is a way of asking for keys below keys.
type pattern struct {
	name string
	keys int
	next func(r *rand.Rand) func() int32
}

func zipfPattern(keys int, s float64) pattern {
	return pattern{fmt.Sprint("zipf ", s), keys, func(r *rand.Rand) func() int32 {
		z := newZipf(keys, s)
		return func() int32 { return z.draw(r) }
	}}
}

// loopPattern asks for all keys in turn, again and again: the worst for LRU as
// soon as there is one key more than fits.
func loopPattern(keys int) pattern {
	return pattern{fmt.Sprint("loop of ", keys), keys, func(*rand.Rand) func() int32 {
		i := int32(-1)
		return func() int32 {
			i = (i + 1) % int32(keys)
			return i
		}
	}}
}

// hitRatios asks a cache of max entries and the exact LRU for the same keys and
// returns the hits of both; differ is the first request that they answered
// differently, -1 when there was none.
func hitRatios(t *testing.T, p pattern, max, requests int, seed uint64) (cache, exact, differ int) {
	c := newTestCache(t, Options{MaxEntries: int64(max), Seed: seed | 1})
	l := newExactLRU(p.keys, max)
	next := p.next(rand.New(rand.NewPCG(seed, 0)))
	key, value := make([]byte, 0, 16), make([]byte, 16)
	differ = -1
	for i := range requests {
		n := next()
		want := l.request(n)
		k := benchKey(key, uint64(n))
		_, got := c.Get(value[:0], k)
		if !got {
			if err := c.Set(k, value, 0); err != nil {
				t.Fatal(err)
			}
		}
		if got {
			cache++
		}
		if want {
			exact++
		}
		if got != want && differ < 0 {
			differ = i
		}
	}
	if n := c.Len(); n != int64(l.used) {
		t.Errorf("the cache holds %d entries, exact LRU %d", n, l.used)
	}
	return cache, exact, differ
}

// TestHitRatio compares a cache of several shards with one exact list. Both see
// the same requests, so what differs is not the draw but the cache.
func TestHitRatio(t *testing.T) {
	max, keys, requests, bound := 20_000, 200_000, 600_000, .001
	if poisonFreed || testing.Short() { // two shards and little time to tell apart
		max, keys, requests, bound = 10_000, 100_000, 30_000, .005
	}
	patterns := []pattern{
		zipfPattern(keys, .8), zipfPattern(keys, .99), zipfPattern(keys, 1.2),
		loopPattern(max - 1), loopPattern(max), loopPattern(max * 11 / 10), loopPattern(2 * max),
	}
	for _, p := range patterns {
		t.Run(p.name, func(t *testing.T) {
			cache, exact, _ := hitRatios(t, p, max, requests, testSeed(t))
			got, want := float64(cache)/float64(requests), float64(exact)/float64(requests)
			t.Logf("hit ratio %.5f, exact LRU %.5f", got, want)
			if math.Abs(got-want) > bound {
				t.Errorf("the hit ratio is %.5f, exact LRU has %.5f", got, want)
			}
		})
	}
}

// TestExactOrder checks that a cache of one shard answers every request as exact
// LRU does, up to the size where Options promises so.
func TestExactOrder(t *testing.T) {
	requests := 150_000
	if poisonFreed || testing.Short() {
		requests = 15_000
	}
	for _, max := range []int{1, 2, 100, exactEntries - 1, exactEntries} {
		for _, p := range []pattern{zipfPattern(10*max, .99), loopPattern(max), loopPattern(max + 1)} {
			t.Run(fmt.Sprint(max, " entries ", p.name), func(t *testing.T) {
				if _, _, differ := hitRatios(t, p, max, requests, testSeed(t)); differ >= 0 {
					t.Errorf("request %d is answered differently from exact LRU", differ)
				}
			})
		}
	}
}
