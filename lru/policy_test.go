package lru

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru/policy"
)

// clockModel is the textbook's CLOCK: entries in the order in which they came, each with a bit.
type clockModel struct {
	queue []int32 // oldest first
	used  map[int32]bool
	max   int
}

// mostPassed is how many entries the cache passes over for one that leaves.
const mostPassed = 256

// request asks for key k, puts it in when it is not there, and reports a hit.
func (m *clockModel) request(k int32) (hit bool) {
	if _, hit = m.used[k]; hit {
		m.used[k] = true
		return true
	}
	if len(m.queue) == m.max {
		for n := 0; m.used[m.queue[0]] && n < mostPassed; n++ {
			oldest := m.queue[0]
			m.used[oldest] = false
			m.queue = append(m.queue[1:], oldest)
		}
		delete(m.used, m.queue[0])
		m.queue = m.queue[1:]
	}
	m.used[k] = false
	m.queue = append(m.queue, k)
	return false
}

// usedPattern asks for as many keys as fit, all of them more than once, then for a few others, and so on: whatever leaves
// was used.
func usedPattern(max int) pattern {
	return pattern{"all used", 2 * max, func(r *rand.Rand) func() int32 {
		i := -1
		return func() int32 {
			if i++; i%(3*max+7) < 3*max {
				return int32(i % (3*max + 7) % max)
			}
			return int32(max + r.IntN(max))
		}
	}}
}

// TestPolicyOrder checks that a cache of one shard answers every request as its policy's model does. Package order has
// models of SIEVE and S3-FIFO.
func TestPolicyOrder(t *testing.T) {
	requests := scale(40_000)
	for _, policy := range []Policy{LRU, ExactLRU, CLOCK} {
		for _, max := range []int{1, 2, 70, 1000, 6000} {
			if policy == LRU && max > exactEntries {
				continue // about exact: TestHitRatio
			}
			for _, p := range []pattern{zipfPattern(10*max, .99), loopPattern(max), loopPattern(max + 1), usedPattern(max)} {
				t.Run(fmt.Sprint(policy, " ", max, " entries ", p.name), func(t *testing.T) {
					model := interface{ request(int32) bool }(newExactLRU(p.keys, max))
					if policy == CLOCK {
						model = &clockModel{used: map[int32]bool{}, max: max}
					}
					c := newTestCache(t, Options{MaxEntries: int64(max), Shards: 1, Policy: policy})
					next := p.next(rand.New(rand.NewPCG(testSeed(t), 0)))
					key := make([]byte, 0, 16)
					for i := range requests {
						n := next()
						k := benchKey(key, uint64(n))
						_, got := c.Get(nil, k)
						if want := model.request(n); got != want {
							t.Fatalf("request %d of key %d: a hit is %v, want %v", i, n, got, want)
						}
						if !got {
							if err := c.Set(k, nil, 0); err != nil {
								t.Fatal(err)
							}
						}
					}
				})
			}
		}
	}
}

// TestPolicyRatio checks that no policy's hit ratio is far below that of exact LRU on common patterns.
func TestPolicyRatio(t *testing.T) {
	max, requests := scale(5000), scale(150_000)
	for _, p := range []pattern{zipfPattern(10*max, .8), zipfPattern(10*max, .99), loopPattern(max)} {
		ratios := map[Policy]float64{}
		seed := testSeed(t)
		for _, policy := range policy.All() {
			if policy == NONE {
				continue
			}
			c := newTestCache(t, Options{MaxEntries: int64(max), Policy: policy, Seed: 1})
			next := p.next(rand.New(rand.NewPCG(seed, 0)))
			key := make([]byte, 0, 16)
			for range requests {
				k := benchKey(key, uint64(next()))
				if _, ok := c.Get(nil, k); !ok {
					if err := c.Set(k, nil, 0); err != nil {
						t.Fatal(err)
					}
				}
			}
			ratios[policy] = float64(c.Stats().Hits) / float64(requests)
		}
		t.Logf("%s: %v", p.name, ratios)
		for policy, ratio := range ratios {
			if ratio < ratios[ExactLRU]-.02 {
				t.Errorf("%s: %v has %.4f, exact LRU %.4f", p.name, policy, ratio, ratios[ExactLRU])
			}
		}
	}
}

// TestPolicyInvariants gives caches of every policy all kinds of operations, under byte budgets that change to other
// numbers of shards, and checks all invariants and what is found.
func TestPolicyInvariants(t *testing.T) {
	seed := testSeed(t)
	for _, policy := range policy.All() {
		t.Run(policy.String(), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, uint64(policy)))
			now := int64(1_000_000)
			c := newTestCache(t, Options{MaxMemory: 8 << 20, Policy: policy, Clock: func() int64 { return now }})
			budgets := []int64{8 << 20, 2 << 20, 64 << 20, 4 << 20}
			ops := scale(40_000)
			for op := range ops {
				now += int64(r.IntN(3))
				key := fmt.Appendf(nil, "key:%d", r.IntN(10_000))
				switch x := r.IntN(100); {
				case x < 55:
					if v, ok := c.Get(nil, key); ok && !strings.HasPrefix(string(v), string(key)) {
						t.Fatalf("operation %d: %s has another's value", op, key)
					}
				case x < 90:
					value := append(key, noise[:r.IntN(200+r.IntN(4000))]...)
					if err := c.Set(key, value, time.Duration(r.IntN(3))*time.Minute); err != nil && !(policy == NONE && errors.Is(err, ErrFull)) {
						t.Fatal(err)
					}
				case x < 95:
					c.Delete(key)
				default:
					c.Step(time.Millisecond)
				}
				if policy == AUTO && r.IntN(50) == 0 {
					changeMind(c, r)
				}
				if op%(ops/8) == 0 {
					if err := c.SetLimits(0, budgets[op/(ops/8)%len(budgets)]); err != nil && !(policy == NONE && errors.Is(err, ErrFull)) {
						t.Fatal(err)
					}
				}
				if op%(ops/40) == 0 {
					mustCheck(t, c)
				}
			}
			settle(t, c)
		})
	}
}

// TestPolicyIdle asks every policy how long ago an entry was used.
func TestPolicyIdle(t *testing.T) {
	for _, policy := range policy.All() {
		clock := &fakeTime{1_000_000}
		c := newTestCache(t, Options{MaxEntries: 1000, Policy: policy, Clock: clock.Now})
		key := []byte("key")
		for _, use := range []func(){func() { _ = c.Set(key, nil, 0) }, func() { c.Get(nil, key) }} {
			use()
			for range 30 {
				clock.ms += 1000
				_ = c.Set(fmt.Appendf(nil, "other:%d", clock.ms), nil, 0)
				c.Step(time.Hour)
			}
			h := c.Hash(key)
			s := c.Lock(h)
			e, _ := s.Peek(h, key, clock.ms)
			idle := s.Idle(e, clock.ms)
			s.Unlock()
			if idle < 29*time.Second || idle > 31*time.Second {
				t.Errorf("%v: used 30 s ago, idle for %v", policy, idle)
			}
		}
	}
}

// TestPolicyUnknown checks that New refuses an unknown policy.
func TestPolicyUnknown(t *testing.T) {
	if _, err := New(Options{Policy: 77}); err == nil {
		t.Error("an unknown policy is accepted")
	}
}

// TestWalk walks through a cache with All and Keys while the loop's body changes it.
func TestWalk(t *testing.T) {
	c := newTestCache(t, Options{MaxMemory: 64 << 20})
	n := scale(5000)
	for i := range n {
		k := fmt.Sprint("key:", i)
		if err := c.SetString(k, append([]byte(k), noise[:i%3000]...), 0); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]int{}
	for k, v := range c.All() {
		if strings.HasPrefix(string(k), "new") {
			continue
		}
		if !strings.HasPrefix(string(v), string(k)) {
			t.Fatalf("%s has another's value", k)
		}
		seen[string(k)]++
		if err := c.SetString("new"+string(k), nil, 0); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		if seen[fmt.Sprint("key:", i)] == 0 {
			t.Fatalf("key %d was not met", i)
		}
	}
	keys := 0
	for k := range c.Keys() {
		if keys++; keys == 10 {
			break
		}
		c.Delete(k)
	}
	if keys != 10 {
		t.Errorf("%d keys", keys)
	}
	for k := range c.Keys() {
		c.Delete(k)
	}
	if c.Len() != 0 {
		t.Errorf("%d entries are left", c.Len())
	}
	for k := range c.Keys() {
		t.Errorf("%s is still there", k)
	}
}
