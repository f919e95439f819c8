package lru

import (
	"bytes"
	"container/list"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// model is the slow truth: an exact LRU bounded by entries, with expiry.
type model struct {
	max   int
	order *list.List // front: most recently used
	byKey map[string]*list.Element
}

type modelEntry struct {
	key, value string
	expireAt   int64
}

func newModel(max int) *model {
	return &model{max: max, order: list.New(), byKey: map[string]*list.Element{}}
}

func (m *model) live(key string, now int64) *modelEntry {
	el, ok := m.byKey[key]
	if !ok {
		return nil
	}
	e := el.Value.(*modelEntry)
	if e.expireAt != 0 && e.expireAt <= now {
		m.remove(key)
		return nil
	}
	return e
}

func (m *model) get(key string, now int64) (string, bool) {
	e := m.live(key, now)
	if e == nil {
		return "", false
	}
	m.order.MoveToFront(m.byKey[key])
	return e.value, true
}

func (m *model) set(key, value string, expireAt int64) {
	if el, ok := m.byKey[key]; ok {
		*el.Value.(*modelEntry) = modelEntry{key, value, expireAt}
		m.order.MoveToFront(el)
		return
	}
	if m.max > 0 && len(m.byKey) >= m.max {
		m.remove(m.order.Back().Value.(*modelEntry).key)
	}
	m.byKey[key] = m.order.PushFront(&modelEntry{key, value, expireAt})
}

func (m *model) remove(key string) {
	if el, ok := m.byKey[key]; ok {
		m.order.Remove(el)
		delete(m.byKey, key)
	}
}

func mustCheck(t interface {
	Helper()
	Fatalf(string, ...any)
}, c *Cache) {
	t.Helper()
	if err := c.Check(); err != nil {
		t.Fatalf("invariants broken:\n%v", err)
	}
}

// newTestCache returns a cache without background work on the clock now; it is
// checked and closed when the test ends.
func newTestCache(t testing.TB, o Options) *Cache {
	t.Helper()
	o.NoBackground = true
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Check(); err != nil {
			t.Errorf("invariants broken at the end:\n%v", err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// TestModelEntries compares every reply with the model's while only the number
// of entries is bounded: the order of eviction must be exact.
func TestModelEntries(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		max := rapid.IntRange(1, 40).Draw(rt, "max")
		now := int64(1_000_000)
		c, err := New(Options{MaxEntries: int64(max), NoBackground: true, Clock: func() int64 { return now },
			Seed: rapid.Uint64Min(1).Draw(rt, "seed")})
		if err != nil {
			rt.Fatal(err)
		}
		defer c.Close()
		m := newModel(max)
		key := rapid.Custom(func(t *rapid.T) string {
			k := fmt.Sprint("k", rapid.IntRange(0, 60).Draw(t, "key"))
			if rapid.IntRange(0, 20).Draw(t, "long") == 0 {
				k += string(bytes.Repeat([]byte("x"), rapid.IntRange(1, 20000).Draw(t, "pad")))
			}
			return k
		})
		value := rapid.Custom(func(t *rapid.T) string {
			n := rapid.OneOf(rapid.IntRange(0, 100), rapid.IntRange(0, 9000), rapid.IntRange(30000, 45000)).Draw(t, "n")
			b := byte(rapid.IntRange(0, 255).Draw(t, "b"))
			v := bytes.Repeat([]byte{b}, n)
			for i := range v {
				v[i] += byte(i) ^ byte(i>>8)
			}
			return string(v)
		})
		expiry := rapid.Custom(func(t *rapid.T) int64 {
			return rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(now-5, now+50)).Draw(t, "at")
		})
		rt.Repeat(map[string]func(*rapid.T){
			"get": func(rt *rapid.T) {
				k := key.Draw(rt, "k")
				want, ok := m.get(k, now)
				got, gotOK := c.Get([]byte("pre"), []byte(k))
				if gotOK != ok || ok && string(got) != "pre"+want {
					rt.Fatalf("Get(%.20q) = %d bytes, %v; want %d, %v", k, len(got)-3, gotOK, len(want), ok)
				}
			},
			"set": func(rt *rapid.T) {
				k, v, at := key.Draw(rt, "k"), value.Draw(rt, "v"), expiry.Draw(rt, "at")
				m.live(k, now)
				m.set(k, v, at)
				if err := c.Set([]byte(k), []byte(v), at); err != nil {
					rt.Fatal(err)
				}
			},
			"delete": func(rt *rapid.T) {
				k := key.Draw(rt, "k")
				want := m.live(k, now) != nil
				m.remove(k)
				if got := c.Delete([]byte(k)); got != want {
					rt.Fatalf("Delete = %v, want %v", got, want)
				}
			},
			"expire": func(rt *rapid.T) {
				k, at := key.Draw(rt, "k"), expiry.Draw(rt, "at")
				e := m.live(k, now)
				h := c.Hash([]byte(k))
				s := c.Lock(h)
				defer s.Unlock()
				got, ok := s.Peek(h, []byte(k), now)
				if ok != (e != nil) {
					rt.Fatalf("Peek = %v", ok)
				}
				if ok {
					m.order.MoveToFront(m.byKey[k])
					e.expireAt = at
					if got, err = s.SetExpiry(h, got, at); err != nil {
						rt.Fatal(err)
					}
					if s.Expiry(got) != at || !s.ValueEqual(got, []byte(e.value)) {
						rt.Fatalf("expiry %d, want %d", s.Expiry(got), at)
					}
				}
			},
			"time": func(rt *rapid.T) { now += rapid.Int64Range(0, 30).Draw(rt, "ms") },
			"flush": func(rt *rapid.T) {
				if rapid.IntRange(0, 9).Draw(rt, "really") == 0 {
					c.Flush()
					*m = *newModel(max)
				}
			},
			"walk": func(rt *rapid.T) {
				seen := map[string]int{}
				for cursor, n := uint64(0), 0; ; n++ {
					cursor = c.Scan(cursor, 3, now, func(s *Shard, e Entry, k []byte) { seen[string(k)]++ })
					if cursor == 0 {
						break
					}
				}
				// A walk hides expired entries but leaves them where they are.
				for k, el := range m.byKey {
					at := el.Value.(*modelEntry).expireAt
					if live := at == 0 || at > now; live != (seen[k] > 0) {
						rt.Fatalf("the walk showed %.20q %d times, live: %v", k, seen[k], live)
					}
					delete(seen, k)
				}
				if len(seen) > 0 {
					rt.Fatalf("the walk showed keys that are not there: %v", seen)
				}
			},
			"": func(rt *rapid.T) { mustCheck(rt, c) },
		})
	})
}
