package lru

import (
	"fmt"
	"sync"
	"testing"
)

// TestNoneRewrite replaces values by ones that need another slot, while others ask for the place of every entry that
// leaves: a key never loses its value, since a cache that evicts nothing must not lose what was stored.
func TestNoneRewrite(t *testing.T) {
	const keys = 64
	c := newTestCache(t, Options{MaxEntries: keys, Policy: NONE, Shards: 4})
	key := func(i int) []byte { return fmt.Appendf(nil, "key:%d", i) }
	var there [][]byte
	for i := 0; len(there) < keys && i < 100*keys; i++ {
		if c.Set(key(i), noise[:10], 0) == nil {
			there = append(there, key(i))
		}
	}
	stop := make(chan struct{})
	var others sync.WaitGroup
	for g := range 2 {
		others.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
					k := fmt.Appendf(nil, "other:%d:%d", g, i%100)
					if c.Set(k, noise[:10], 0) == nil {
						t.Errorf("%s took the place of an entry", k)
						return
					}
				}
			}
		})
	}
	for i := range 100_000 {
		if err := c.Set(there[i%len(there)], noise[:10+i/len(there)%2*500], 0); err != nil {
			t.Errorf("change %d: %v", i, err)
			break
		}
	}
	close(stop)
	others.Wait()
	if n := c.Len(); n != int64(len(there)) {
		t.Errorf("%d entries, want %d", n, len(there))
	}
	mustCheck(t, c)
}
