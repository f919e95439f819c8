package lru

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

type limits struct{ entries, memory int64 }

func (l limits) options() Options { return Options{MaxEntries: l.entries, MaxMemory: l.memory} }

// settle does all background work.
func settle(t *testing.T, c Shards) Stats {
	t.Helper()
	for c.Step(time.Hour) {
	}
	mustCheck(t, c)
	return c.Stats()
}

// store stores count entries numbered from first on, whose values have size bytes up to four and a half times that.
func store(t *testing.T, c Shards, first, count, size int) {
	t.Helper()
	for i := first; i < first+count; i++ {
		if err := c.Set(benchKey(nil, uint64(i)), noise[:size+i%8*size/2], 0); err != nil {
			t.Fatalf("entry %d: %v", i, err)
		}
	}
}

// TestLimitsAsStarted changes the limits of a cache, empty or full, and asks that
// it then holds under a load what a cache does that was started with these limits.
func TestLimitsAsStarted(t *testing.T) {
	n := scale(8000)
	all := []limits{
		{0, MinMemory}, {0, 10_000_002}, {0, 64 << 20}, {0, 128<<20 - 1}, {0, 4 << 30}, {0, 0},
		{500, 0}, {4500, 0}, {9000, 0}, {9000, 16 << 20}, {1 << 30, 64 << 20},
	}
	for i, to := range all {
		started := newTestCache(t, to.options())
		store(t, started, 0, n, 4000)
		want := settle(t, started)
		closeNow(t, started)
		for _, from := range []limits{all[(i+1)%len(all)], all[(i+4)%len(all)]} {
			c := newTestCache(t, from.options())
			store(t, c, n, n/3, 4000)
			if err := c.SetLimits(to.entries, to.memory); err != nil {
				t.Fatal(err)
			}
			store(t, c, 0, n/2, 4000)
			settle(t, c)
			store(t, c, n/2, n-n/2, 4000)
			got := settle(t, c)
			what := fmt.Sprintf("from %v to %v", from, to)
			if got.Shards != want.Shards && !stays(c, to.options()) || got.MaxEntries != want.MaxEntries || got.MaxMemory != want.MaxMemory {
				t.Errorf("%s: %+v, want %+v", what, got, want)
			}
			if to.memory > 0 && got.UsedBytes > to.memory {
				t.Errorf("%s: %d bytes used", what, got.UsedBytes)
			}
			if got.Entries < want.Entries*97/100-20 {
				t.Errorf("%s: %d entries, a cache started so has %d", what, got.Entries, want.Entries)
			}
			for i := n - int(want.Entries*3/4); i < n; i++ { // and they are the latest
				if _, ok := c.Get(nil, benchKey(nil, uint64(i))); !ok {
					t.Errorf("%s: entry %d of %d is gone, %d are there", what, i, n, got.Entries)
					break
				}
			}
			closeNow(t, c)
		}
	}
}

// stays reports whether the table of c, with other shards than a new one would have, is in a file that is kept for the limits of o.
func stays(c Shards, o Options) bool {
	t := c.table.Load()
	o.Shared = c.options.Shared
	o, err := o.withDefaults()
	return err == nil && t.file != nil && t.geo.suits(o.plan(), o)
}

// closeNow gives the memory of c back before the test ends.
func closeNow(t *testing.T, c Shards) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestLimitsEvictOnlyAsNeeded lowers the limit of a cache whose entries are few,
// though they are spread over more pages than the new limit allows.
func TestLimitsEvictOnlyAsNeeded(t *testing.T) {
	const n = 2000
	c := newTestCache(t, Options{MaxMemory: 4 << 30})
	for _, before := range []int{0, n} {
		for i := range n {
			if i == before {
				if err := c.SetLimits(0, 10_000_002); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.Set(benchKey(nil, uint64(i)), []byte("x"), 0); err != nil {
				t.Fatalf("entry %d: %v", i, err)
			}
		}
		if before == n {
			if err := c.SetLimits(0, 10_000_002); err != nil {
				t.Fatal(err)
			}
		}
		if st := settle(t, c); st.Entries != n || st.Evictions != 0 || st.Shards != 1 {
			t.Errorf("limit lowered at entry %d: %+v", before, st)
		}
		if err := c.SetLimits(0, 4<<30); err != nil {
			t.Fatal(err)
		}
		settle(t, c)
		c.Flush()
	}
}

// TestLimitsKeepOrder moves entries between numbers of shards: their order of use,
// idle times, expiries and generation stay, and the counters go on.
func TestLimitsKeepOrder(t *testing.T) {
	const n = 3000
	now := int64(1_000_000)
	c := newTestCache(t, Options{MaxMemory: 32 << 20, Clock: func() int64 { return now }})
	for i := range n {
		if i%100 == 0 {
			now += 1000
			c.Step(0)
		}
		store(t, c, i, 1, 100)
	}
	c.Get(nil, benchKey(nil, 7))
	if err := c.SetAt([]byte("expires"), nil, now+500); err != nil {
		t.Fatal(err)
	}
	before := c.Stats()
	for _, memory := range []int64{1 << 30, 64 << 20, 2 << 30, 8 << 20, 16 << 20} {
		if err := c.SetLimits(0, memory); err != nil {
			t.Fatal(err)
		}
		got := settle(t, c)
		if got.Entries != n+1 || got.Hits != before.Hits || got.Sets != before.Sets || got.Evictions != 0 || got.LiveBytes != before.LiveBytes || got.Expiring != 1 {
			t.Errorf("%d bytes: %+v, before %+v", memory, got, before)
		}
		for i := 0; i < n; i += 100 {
			want := time.Duration((n-i-1)/100) * time.Second
			if i == 0 {
				want -= time.Second // an age is told at the moment before
			}
			h := c.Hash(benchKey(nil, uint64(i)))
			s := c.Lock(h)
			e, ok := s.Peek(h, benchKey(nil, uint64(i)), now)
			if !ok {
				t.Fatalf("%d bytes: entry %d is gone", memory, i)
			}
			if idle := s.Idle(e, now); idle < want*7/10-2*time.Second || idle > want*13/10+2*time.Second {
				t.Errorf("%d bytes: entry %d is idle for %v, want about %v", memory, i, idle, want)
			}
			s.Unlock()
		}
	}
	// One shard again: exactly the latest are left.
	if err := c.SetLimits(1000, 8<<20); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	late := 0
	for i := n - 1000; i < n; i++ {
		if _, ok := c.Get(nil, benchKey(nil, uint64(i))); ok {
			late++
		}
	}
	if _, ok := c.Get(nil, benchKey(nil, 7)); !ok || late < 800 {
		t.Errorf("of the latest 1,000 entries %d are left; the one that was used again: %v", late, ok)
	}
	now += 500
	if _, ok := c.Get(nil, []byte("expires")); ok {
		t.Error("an entry outlives its expiry")
	}
}

// TestLimitsModel changes limits at any time, while entries of earlier changes are
// still moving: whatever is found has its latest value, and nothing is lost as
// long as there is room.
func TestLimitsModel(t *testing.T) {
	seed := testSeed(t)
	for _, roomy := range []bool{true, false} {
		r := rand.New(rand.NewPCG(seed, 1))
		now := int64(1000)
		m := newLimitsModel(t, r, &now, roomy)
		operations := scale(60_000)
		for op := range operations {
			m.step()
			if !roomy && op == operations/2 { // limits drawn at random may all be larger than what there is
				m.limit(100, 64<<20)
			}
			if op%2000 == 0 {
				mustCheck(t, m.c)
			}
		}
		st := settle(t, m.c)
		t.Logf("roomy %v: %d changes, %+v", roomy, m.changes, st)
		if m.changes < 5 || roomy && m.found == 0 || !roomy && st.Evictions == 0 {
			t.Errorf("%d changes of limits, %d found", m.changes, m.found)
		}
	}
}

// limitsModel is a cache and what it must have at most, or exactly while roomy.
type limitsModel struct {
	t              *testing.T
	r              *rand.Rand
	c              Shards
	now            *int64
	roomy          bool
	want           map[string]limitsEntry
	changes, found int
	locked         Locked
}

type limitsEntry struct {
	value    []byte
	expireAt int64
}

func newLimitsModel(t *testing.T, r *rand.Rand, now *int64, roomy bool) *limitsModel {
	m := &limitsModel{t: t, r: r, now: now, roomy: roomy, want: map[string]limitsEntry{}}
	m.c = newTestCache(t, Options{MaxMemory: 64 << 20, Clock: func() int64 { return *now }})
	return m
}

func (m *limitsModel) key() []byte { return fmt.Appendf(nil, "key:%d", m.r.IntN(3000)) }

func (m *limitsModel) step() {
	switch n := m.r.IntN(1000); {
	case n < 2:
		m.change()
	case n < 40:
		m.c.Step(time.Duration(m.r.IntN(20)) * time.Microsecond)
	case n < 400:
		m.set()
	case n < 430:
		key := m.key()
		if m.c.Delete(key) != m.has(key) && m.roomy {
			m.t.Fatalf("delete of %q", key)
		}
		delete(m.want, string(key))
	case n < 450:
		*m.now += int64(m.r.IntN(50))
	case n < 455:
		m.walk()
	case n < 456:
		m.generation()
	case n < 500:
		m.several()
	default:
		key := m.key()
		v, ok := m.c.Get(nil, key)
		m.compare(key, v, ok)
	}
}

// change sets limits that have room for all, or any that are allowed.
func (m *limitsModel) change() {
	memory := []int64{64 << 20, 127 << 20, 200 << 20, 1 << 30, 4 << 30, 60 << 20}
	entries := []int64{0, 5000, 9000, 50_000}
	if !m.roomy {
		memory = append(memory, MinMemory, 3<<20, 10_000_002)
		entries = append(entries, 0, 0, 100, 2000)
	}
	m.limit(entries[m.r.IntN(len(entries))], memory[m.r.IntN(len(memory))])
}

func (m *limitsModel) limit(entries, memory int64) {
	m.changes++
	if err := m.c.SetLimits(entries, memory); err != nil {
		m.t.Fatal(err)
	}
}

func (m *limitsModel) set() {
	key := m.key()
	e := limitsEntry{value: bytes.Clone(noise[m.r.IntN(100):][:m.r.IntN(1200)])}
	if m.r.IntN(50) == 0 {
		e.value = bytes.Clone(noise[:20_000])
	}
	if m.r.IntN(10) == 0 {
		e.expireAt = *m.now + int64(m.r.IntN(300))
	}
	if err := m.c.SetAt(key, e.value, e.expireAt); err != nil {
		m.t.Fatalf("set of %q: %v", key, err)
	}
	m.want[string(key)] = e
}

func (m *limitsModel) has(key []byte) bool {
	e, ok := m.want[string(key)]
	return ok && (e.expireAt == 0 || e.expireAt > *m.now)
}

func (m *limitsModel) compare(key, v []byte, ok bool) {
	if ok && (!m.has(key) || !bytes.Equal(v, m.want[string(key)].value)) {
		m.t.Fatalf("%q has %d bytes, wanted there: %v, %d bytes", key, len(v), m.has(key), len(m.want[string(key)].value))
	}
	if m.roomy && !ok && m.has(key) {
		m.t.Fatalf("%q is lost", key)
	}
	if ok {
		m.found++
	}
}

// several reads keys under one lock.
func (m *limitsModel) several() {
	var keys [][]byte
	var hashes []uint64
	for range 1 + m.r.IntN(5) {
		keys = append(keys, m.key())
		hashes = append(hashes, m.c.Hash(keys[len(keys)-1]))
	}
	m.c.Warm(hashes)
	m.c.LockAll(&m.locked, hashes)
	for i, key := range keys {
		s := m.locked.Shard(hashes[i])
		if e, ok := s.Get(hashes[i], key, *m.now); ok {
			m.compare(key, s.AppendValue(nil, e), true)
		} else {
			m.compare(key, nil, false)
		}
	}
	m.locked.Unlock()
}

// walk asks for every entry, while some of them move on.
func (m *limitsModel) walk() {
	seen := map[string]bool{}
	cursor := uint64(0)
	for {
		cursor = m.c.Scan(cursor, 1+m.r.IntN(200), *m.now, func(r Reader, e Entry, key []byte) {
			m.compare(key, r.AppendValue(nil, e), true)
			seen[string(key)] = true
		})
		if m.c.Step(time.Duration(m.r.IntN(5)) * time.Microsecond); cursor == 0 {
			break
		}
	}
	for key := range m.want {
		if m.roomy && m.has([]byte(key)) && !seen[key] {
			m.t.Fatalf("a walk misses %q", key)
		}
	}
}

// generation sweeps away all but some entries, which are stored anew.
func (m *limitsModel) generation() {
	m.c.BeginGeneration()
	m.want = map[string]limitsEntry{}
	for range 50 {
		m.set()
	}
	for cursor, first := uint64(0), true; first || cursor != 0; first = false {
		cursor, _ = m.c.Sweep(cursor, 50)
		m.c.Step(0)
	}
}
