package lru

import (
	"fmt"
	"testing"
)

// TestTouch fills a cache, uses its oldest entry in one way, and sets one key
// more: what touches keeps the oldest, what does not lets it go.
func TestTouch(t *testing.T) {
	key := []byte("key:0")
	with := func(fn func(s *Shard, h uint64, e Entry)) func(Shards) {
		return func(c Shards) { withEntry(t, c, key, fn) }
	}
	setExpiry := func(at int64) func(Shards) {
		return with(func(s *Shard, h uint64, e Entry) {
			if _, err := s.SetExpiry(h, e, at); err != nil {
				t.Fatal(err)
			}
		})
	}
	tests := []struct {
		name    string
		use     func(Shards)
		touches bool
	}{
		{"nothing", func(Shards) {}, false},
		{"Get", func(c Shards) { c.Get(nil, key) }, true},
		{"Set in place", func(c Shards) { _ = c.Set(key, []byte("other"), 0) }, true},
		{"Set of another size", func(c Shards) { _ = c.Set(key, make([]byte, 3000), 0) }, true},
		{"SetExpiry", setExpiry(5000), true},
		{"SetExpiry to never", setExpiry(0), true},
		{"Touch", with(func(s *Shard, _ uint64, e Entry) { s.Touch(e) }), true},
		{"TouchHashes", func(c Shards) { c.TouchHashes([]uint64{c.Hash([]byte("none")), c.Hash(key)}) }, true},
		{"Peek", with(func(*Shard, uint64, Entry) {}), false},
		{"reading in place", with(func(s *Shard, _ uint64, e Entry) {
			s.AppendValue(nil, e)
			s.AppendKey(nil, e)
			s.AppendRange(nil, e, 0, 1)
			s.ValueEqual(e, []byte("value"))
			s.Expiry(e)
			s.Idle(e, 1000)
			s.Footprint(e)
		}), false},
		{"Scan", func(c Shards) { c.Scan(0, 1000, 1000, func(Reader, Entry, []byte) {}) }, false},
		{"Random", func(c Shards) { c.Random(nil, 1000) }, false},
		{"Warm", func(c Shards) { c.Warm([]uint64{c.Hash(key)}) }, false},
		{"Stats", func(c Shards) { c.Stats() }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			const max = 100
			c := newTestCache(t, Options{MaxEntries: max, Clock: func() int64 { return 1000 }})
			for i := range max {
				if err := c.Set(fmt.Appendf(nil, "key:%d", i), []byte("value"), 0); err != nil {
					t.Fatal(err)
				}
			}
			tt.use(c)
			if err := c.Set([]byte("one more"), nil, 0); err != nil {
				t.Fatal(err)
			}
			if _, ok := c.Get(nil, key); ok != tt.touches {
				t.Errorf("the oldest entry is there: %v, want %v", ok, tt.touches)
			}
			if _, ok := c.Get(nil, []byte("key:1")); ok == tt.touches {
				t.Errorf("the second oldest entry is there: %v, want %v", ok, !tt.touches)
			}
		})
	}
}

// withEntry calls fn with key's entry, under the lock of its shard.
func withEntry(t *testing.T, c Shards, key []byte, fn func(s *Shard, h uint64, e Entry)) {
	t.Helper()
	h := c.Hash(key)
	s := c.Lock(h)
	defer s.Unlock()
	e, ok := s.Peek(h, key, c.Now())
	if !ok {
		t.Fatal("the oldest entry is gone already")
	}
	fn(s, h, e)
}
