package lru

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru/shadow"
)

// changeMind makes a cache evict by another rule, as AUTO does.
func changeMind(c Shards, r *rand.Rand) use {
	rules := shadow.Rules()
	u := useOf(rules[r.IntN(len(rules))])
	c.limits.Lock()
	c.setUse(u)
	c.limits.Unlock()
	return u
}

// ask reads n keys that next names, stores what is missing, and gives AUTO time to think. It returns the share of hits.
func ask(t *testing.T, c Shards, n int, next func() int) float64 {
	before := c.Stats()
	for i := range n {
		key := fmt.Appendf(nil, "key:%d", next())
		if _, ok := c.Get(nil, key); !ok {
			if err := c.Set(key, noise[:100], 0); err != nil {
				t.Fatal(err)
			}
		}
		if i%1000 == 0 {
			c.Step(time.Millisecond)
		}
	}
	st := c.Stats()
	return float64(st.Hits-before.Hits) / float64(n)
}

// scanning asks for a few keys often, among many that are asked for once. LFU keeps the few.
func scanning(r *rand.Rand, size int) func() int {
	scan := 1 << 20
	z := newZipf(2*size, .9)
	return func() int {
		if scan++; scan%3 > 0 {
			return scan
		}
		return int(z.draw(r))
	}
}

// drifting asks for new keys, each of them a few times soon and then never again. LRU keeps what is new.
func drifting(r *rand.Rand, size int) func() int {
	at := 1 << 30
	return func() int {
		if r.IntN(6) == 0 {
			at++
		}
		return at - int(r.Float64()*r.Float64()*float64(size))
	}
}

// TestAutoChanges gives a cache under AUTO requests of which LFU keeps most, then such of which LRU does. It must go over to
// a policy that is about as good as either.
func TestAutoChanges(t *testing.T) {
	t.Parallel()
	size, requests := 1000, 60_000
	if poisonFreed { // slow
		size, requests = 300, 20_000
	}
	seed := testSeed(t)
	hits := map[Policy][]float64{}
	for _, p := range []Policy{LRU, LFU, AUTO} {
		c, r := newTestCache(t, Options{MaxEntries: int64(size), Policy: p, Watch: p == AUTO}), rand.New(rand.NewPCG(seed, 1))
		c.watch.most = 1 << 30
		for _, next := range []func() int{scanning(r, size), drifting(r, size)} {
			ask(t, c, requests, next)
			hits[p] = append(hits[p], ask(t, c, requests/2, next))
			t.Logf("%v: %.3f, by %+v", p, hits[p][len(hits[p])-1], c.Using())
		}
		if u := c.Using(); (u.Changes > 0) != (p == AUTO) || p != AUTO && u.Policy != p || c.Policy() != p {
			t.Errorf("%v evicts by %+v", p, u)
		}
	}
	for i := range hits[AUTO] {
		if best := max(hits[LRU][i], hits[LFU][i]); hits[AUTO][i] < best-.03 {
			t.Errorf("phase %d: AUTO hits %.3f, the better of LRU and LFU %.3f", i, hits[AUTO][i], best)
		}
	}
}

// TestAutoConcurrent changes AUTO's mind, the policy and the budget of a cache in use.
func TestAutoConcurrent(t *testing.T) {
	seed := testSeed(t)
	cache, err := New(Options{MaxMemory: 4 << 20, Policy: AUTO, Watch: true, Shards: 4})
	if err != nil {
		t.Fatal(err)
	}
	c := cache.Shards()
	var wg sync.WaitGroup
	for w := range 3 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(w)))
			ask(t, c, scale(60_000), func() int { return r.IntN(50_000) })
		})
	}
	wg.Go(func() {
		r := rand.New(rand.NewPCG(seed, 9))
		for i := range scale(600) {
			switch r.IntN(8) {
			case 0:
				if err := c.SetPolicy([]Policy{AUTO, LRU, CLOCK}[r.IntN(3)]); err != nil {
					t.Error(err)
				}
			case 1:
				if err := c.SetLimits(0, int64(2+r.IntN(4))<<20); err != nil {
					t.Error(err)
				}
			case 2:
				c.Curve()
			default:
				if i%2 == 0 {
					changeMind(c, r)
				} else {
					c.reconsider()
				}
			}
			time.Sleep(50 * time.Microsecond)
		}
	})
	wg.Wait()
	mustCheck(t, c)
	if err := c.SetPolicy(AUTO); err != nil {
		t.Fatal(err)
	}
	c.reconsider()
	mustCheck(t, c)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c.reconsider()
}
