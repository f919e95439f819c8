package lru

import (
	"container/list"
	"testing"
)

// model is the slow truth: an exact LRU of entries with expiry. It is bounded by
// the number of entries, or not at all: then it is told how many of the oldest
// went for want of memory.
type model struct {
	max   int        // entries; 0: no bound
	order *list.List // front: most recently used
	byKey map[string]*list.Element
	stats Stats // what the cache's counters must show

	prefixes []Prefix
	uses     map[string]*uses // of each prefix
}

type modelEntry struct {
	key, value string
	expireAt   int64
}

func (e *modelEntry) expired(now int64) bool { return e.expireAt != 0 && e.expireAt <= now }

func newModel(max int) *model {
	return &model{max: max, order: list.New(), byKey: map[string]*list.Element{}, uses: map[string]*uses{}}
}

// live finds key's entry; an expired one is removed instead.
func (m *model) live(key string, now int64) *modelEntry {
	el, ok := m.byKey[key]
	if !ok {
		return nil
	}
	e := el.Value.(*modelEntry)
	if e.expired(now) {
		m.stats.Expirations++
		m.remove(key)
		return nil
	}
	return e
}

func (m *model) get(key string, now int64) (string, bool) {
	e := m.live(key, now)
	if e == nil {
		m.stats.Misses++
		m.usesOf(key).misses++
		return "", false
	}
	m.stats.Hits++
	m.usesOf(key).hits++
	m.order.MoveToFront(m.byKey[key])
	return e.value, true
}

// set stores an entry after pressed of the oldest had to go for memory.
func (m *model) set(key, value string, expireAt, now int64, pressed int) {
	m.stats.Sets++
	m.live(key, now)
	m.remove(key)
	if m.max > 0 && len(m.byKey) >= m.max {
		m.evict(now)
	}
	for range pressed {
		m.evict(now)
	}
	m.byKey[key] = m.order.PushFront(&modelEntry{key, value, expireAt})
	m.count(m.byKey[key], 1)
}

// setExpiry changes the expiry of a live entry, after pressed of the oldest others
// had to go for memory.
func (m *model) setExpiry(key string, expireAt, now int64, pressed int) {
	el := m.byKey[key]
	m.order.MoveToFront(el)
	for range pressed {
		m.evict(now)
	}
	m.count(el, -1)
	el.Value.(*modelEntry).expireAt = expireAt
	m.count(el, 1)
}

func (m *model) delete(key string, now int64) bool {
	if m.live(key, now) == nil {
		return false
	}
	m.stats.Deletes++
	m.remove(key)
	return true
}

// evict removes the least recently used entry.
func (m *model) evict(now int64) {
	e := m.order.Back().Value.(*modelEntry)
	if e.expired(now) {
		m.stats.Expirations++
	} else {
		m.stats.Evictions++
		m.usesOf(e.key).evictions++
	}
	m.remove(e.key)
}

func (m *model) remove(key string) {
	if el, ok := m.byKey[key]; ok {
		m.count(el, -1)
		m.order.Remove(el)
		delete(m.byKey, key)
	}
}

func (m *model) flush() {
	m.order.Init()
	clear(m.byKey)
	m.stats.Entries, m.stats.LiveBytes, m.stats.Expiring = 0, 0, 0
}

// count updates the counters of present entries.
func (m *model) count(el *list.Element, by int64) {
	e := el.Value.(*modelEntry)
	m.stats.Entries += by
	m.stats.LiveBytes += by * int64(len(e.key)+len(e.value))
	if e.expireAt != 0 {
		m.stats.Expiring += by
	}
}

func mustCheck(t interface {
	Helper()
	Fatalf(string, ...any)
}, c Shards) {
	t.Helper()
	if err := c.Check(); err != nil {
		t.Fatalf("invariants broken:\n%v", err)
	}
}

// newTestCache returns a cache without background work; it is checked and closed
// when the test ends.
func newTestCache(t testing.TB, o Options) Shards {
	t.Helper()
	o.NoBackground = true
	if o.Shared == nil {
		o.Shared = testFiles
	}
	cache, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	c := cache.Shards()
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
