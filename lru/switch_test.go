package lru

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/cachegopher/cachegopher/lru/policy"
)

// TestSetPolicy changes the policy of a cache that is in use, from every policy to every other one: no entry is lost, and
// none is evicted for it.
func TestSetPolicy(t *testing.T) {
	c := newTestCache(t, Options{MaxMemory: 16 << 20, Shards: 4})
	const keys = 20_000
	key := func(i int) []byte { return fmt.Appendf(nil, "key:%d", i) }
	for i := range keys {
		if err := c.Set(key(i), noise[i%100:][:i%200], 0); err != nil {
			t.Fatal(err)
		}
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		r := rand.New(rand.NewPCG(testSeed(t), 0))
		for {
			select {
			case <-stop:
				return
			default:
			}
			i := r.IntN(keys)
			if r.IntN(3) > 0 {
				c.Get(nil, key(i))
			} else if err := c.Set(key(i), noise[i%100:][:i%200], 0); err != nil {
				t.Error(err)
			}
		}
	})
	for _, from := range policy.All() {
		for _, to := range policy.All() {
			for _, p := range []Policy{from, to} {
				if err := c.SetPolicy(p); err != nil || c.Policy() != p {
					t.Fatalf("%v: %v", c.Policy(), err)
				}
			}
			if to == S3FIFO {
				mustCheck(t, c)
			}
		}
	}
	close(stop)
	wg.Wait()
	for i := range keys {
		if got, ok := c.Get(nil, key(i)); !ok || !bytes.Equal(got, noise[i%100:][:i%200]) {
			t.Fatalf("key %d: found %v", i, ok)
		}
	}
	if st := c.Stats(); st.Evictions != 0 {
		t.Errorf("%d evictions", st.Evictions)
	}
	if err := c.SetPolicy(77); err == nil {
		t.Error("an unknown policy")
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.SetPolicy(LRU); !errors.Is(err, ErrClosed) {
		t.Errorf("of a closed cache: %v", err)
	}
}

// TestGhostsAreCounted fills a cache under S3-FIFO and checks that what it remembers of evicted entries is within the budget.
func TestGhostsAreCounted(t *testing.T) {
	c := newTestCache(t, Options{MaxMemory: 8 << 20, Policy: S3FIFO, Shards: 4})
	for i := range 200_000 {
		if err := c.Set(fmt.Appendf(nil, "key:%d", i), nil, 0); err != nil {
			t.Fatal(err)
		}
	}
	var ghosts int64
	c.eachShard(func(s *Shard) { ghosts += s.order.MemoryBytes() })
	if st := c.Stats(); ghosts == 0 || ghosts > st.MaxMemory/ghostShare || st.UsedBytes > st.MaxMemory {
		t.Errorf("%d bytes for what was evicted, %d of %d in use", ghosts, st.UsedBytes, st.MaxMemory)
	}
}
