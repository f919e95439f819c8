package lru

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// flatModel is model for runs of a billion operations: keys are numbers, and all that is known of them lies in arrays.
// It is as simple a truth, an exact LRU, but a step takes it no allocation and no lookup.
type flatModel struct {
	max        int // entries; 0: no bound
	next, prev []int32
	from, size []int32 // the value is noise[from:][:size]; size < 0: there is none
	expireAt   []int64
	keySize    []int32
	stats      Stats
}

// The list of a flatModel is a ring through an element that is no key, the last.

func newFlatModel(keys [][]byte, max int) *flatModel {
	n := len(keys)
	m := &flatModel{max: max, next: make([]int32, n+1), prev: make([]int32, n+1), from: make([]int32, n), size: make([]int32, n), expireAt: make([]int64, n), keySize: make([]int32, n)}
	m.next[n], m.prev[n] = int32(n), int32(n)
	for i, k := range keys {
		m.size[i], m.keySize[i] = -1, int32(len(k))
	}
	return m
}

func (m *flatModel) ring() int32 { return int32(len(m.size)) }

func (m *flatModel) unlink(k int32) {
	m.next[m.prev[k]], m.prev[m.next[k]] = m.next[k], m.prev[k]
}

func (m *flatModel) front(k int32) {
	r := m.ring()
	m.next[k], m.prev[k] = m.next[r], r
	m.prev[m.next[k]], m.next[r] = k, k
}

func (m *flatModel) expired(k int32, now int64) bool {
	return m.expireAt[k] != 0 && m.expireAt[k] <= now
}

// live reports whether k has an entry; an expired one is removed instead.
func (m *flatModel) live(k int32, now int64) bool {
	if m.size[k] >= 0 && m.expired(k, now) {
		m.stats.Expirations++
		m.remove(k)
	}
	return m.size[k] >= 0
}

func (m *flatModel) add(k, from, size int32, at int64) {
	m.from[k], m.size[k], m.expireAt[k] = from, size, at
	m.front(k)
	m.count(k, 1)
}

func (m *flatModel) remove(k int32) {
	m.count(k, -1)
	m.unlink(k)
	m.size[k] = -1
}

func (m *flatModel) count(k int32, by int64) {
	m.stats.Entries += by
	m.stats.LiveBytes += by * int64(m.keySize[k]+m.size[k])
	if m.expireAt[k] != 0 {
		m.stats.Expiring += by
	}
}

// evict removes the entries used least recently, n of them.
func (m *flatModel) evict(n int, now int64) {
	for range n {
		k := m.prev[m.ring()]
		if m.expired(k, now) {
			m.stats.Expirations++
		} else {
			m.stats.Evictions++
		}
		m.remove(k)
	}
}

// flatPair is a cache of one shard and its flatModel.
type flatPair struct {
	c     Shards
	m     *flatModel
	r     *rand.PCG
	now   int64
	keys  [][]byte
	buf   []byte
	bound bool // of memory
}

func newFlatPair(o config, seed uint64) (*flatPair, error) {
	p := &flatPair{now: 1_000_000, r: rand.NewPCG(seed, 77), bound: o.maxMemory > 0}
	for i := range o.keys {
		k := fmt.Appendf(nil, "key:%d", i)
		if i%50 == 49 { // chained
			k = append(k, noise[i:][:i*331%3000]...)
		}
		p.keys = append(p.keys, k)
	}
	p.m = newFlatModel(p.keys, o.maxEntries)
	c, err := New(Options{MaxEntries: int64(o.maxEntries), MaxMemory: o.maxMemory, Shards: 1, Seed: seed | 1, NoBackground: true, Clock: func() int64 { return p.now }, Shared: testFiles})
	p.c = c.Shards()
	return p, err
}

// step does one operation.
func (p *flatPair) step() error {
	d := p.r.Uint64()
	k := int32(d >> 32 % uint64(len(p.keys)))
	switch what := d & 255; {
	case what < 130:
		return p.get(k)
	case what < 220:
		return p.set(k, d)
	case what < 232:
		if got, want := p.c.Delete(p.keys[k]), p.m.live(k, p.now); got != want {
			return fmt.Errorf("Delete of key %d is %v, want %v", k, got, want)
		} else if want {
			p.m.stats.Deletes++
			p.m.remove(k)
		}
	case what < 244:
		return p.expire(k, d)
	default:
		p.now += int64(d >> 8 & 15)
		if d>>12&1023 == 0 {
			p.reclaim()
		}
	}
	return nil
}

func (p *flatPair) get(k int32) error {
	want := p.m.live(k, p.now)
	got, ok := p.c.Get(p.buf[:0], p.keys[k])
	p.buf = got
	if ok != want {
		return fmt.Errorf("Get of key %d: %v, want %v", k, ok, want)
	}
	if !ok {
		p.m.stats.Misses++
		return nil
	}
	p.m.stats.Hits++
	p.m.unlink(k)
	p.m.front(k)
	if from := p.m.from[k]; !bytes.Equal(got, noise[from:][:p.m.size[k]]) {
		return fmt.Errorf("Get of key %d is %d bytes, others than the %d that were set", k, len(got), p.m.size[k])
	}
	return nil
}

// expiry is never, just over, or soon.
func (p *flatPair) expiry(d uint64) int64 {
	if d>>16&3 != 0 {
		return 0
	}
	return p.now - 5 + int64(d>>18&127)
}

func (p *flatPair) set(k int32, d uint64) error {
	size, from, at := int32(d>>8&127), int32(d>>20&1023), p.expiry(d)
	switch d >> 24 & 255 { // few are long
	case 0, 1:
		size = int32(d >> 40 % 40_000)
	case 2, 3, 4:
		size = int32(d >> 40 & 4095)
	}
	m := p.m
	if err := p.c.SetAt(p.keys[k], noise[from:][:size], at); err != nil {
		return fmt.Errorf("Set of key %d: %w", k, err)
	}
	m.stats.Sets++
	if m.live(k, p.now) {
		m.remove(k)
	}
	if m.max > 0 && m.stats.Entries >= int64(m.max) {
		m.evict(1, p.now)
	}
	if err := p.pressed(); err != nil {
		return err
	}
	m.add(k, from, size, at)
	return nil
}

// pressed removes from the model what the cache has removed for want of memory.
func (p *flatPair) pressed() error {
	s := &p.c.table.Load().shards[0] // nobody else has it
	n := int(s.stats.evictions + s.stats.expirations - p.m.stats.Evictions - p.m.stats.Expirations)
	if n < 0 || n > 0 && !p.bound {
		return fmt.Errorf("the cache has removed %d entries more than the model", n)
	}
	p.m.evict(n, p.now)
	return nil
}

func (p *flatPair) expire(k int32, d uint64) error {
	m, at := p.m, p.expiry(d)
	h := p.c.Hash(p.keys[k])
	s := p.c.Lock(h)
	defer s.Unlock()
	e, ok := s.Peek(h, p.keys[k], p.now)
	if want := m.live(k, p.now); ok != want {
		return fmt.Errorf("Peek of key %d is %v, want %v", k, ok, want)
	} else if !ok {
		return nil
	}
	e, err := s.SetExpiry(h, e, at)
	if err != nil || s.Expiry(e) != at {
		return fmt.Errorf("key %d expires at %d, want %d: %v", k, s.Expiry(e), at, err)
	}
	m.unlink(k)
	m.front(k)
	if err := p.pressed(); err != nil {
		return err
	}
	m.count(k, -1)
	m.expireAt[k] = at
	m.count(k, 1)
	return nil
}

// reclaim does the background work: what has expired goes, and nothing else.
func (p *flatPair) reclaim() {
	for range p.c.table.Load().shards[0].mem.Pages()/sweepVisits + 2 {
		for p.c.Step(time.Hour) {
		}
	}
	for k := range int32(len(p.keys)) {
		p.m.live(k, p.now)
	}
}

// compare asks for the same counters, and for all that must hold inside.
func (p *flatPair) compare() error {
	got, want := p.c.Stats(), p.m.stats
	want.UsedBytes, want.MaxEntries, want.MaxMemory, want.Shards = got.UsedBytes, got.MaxEntries, got.MaxMemory, 1
	if got != want {
		return fmt.Errorf("the counters are\n%+v, want\n%+v", got, want)
	}
	if got.MaxMemory > 0 && got.UsedBytes > got.MaxMemory {
		return fmt.Errorf("%d bytes are used of %d", got.UsedBytes, got.MaxMemory)
	}
	return p.c.Check()
}

// flatConfigs have no more entries than a shard keeps in exact order.
var flatConfigs = []config{
	{maxEntries: 1000, keys: 3000},
	{maxMemory: MinMemory, keys: 4000},
	{maxEntries: exactEntries, maxMemory: 3 << 19, keys: 8000},
	{maxMemory: 64 << 20, keys: 4000},
}

// TestFlatModel gives caches, as many at a time as there are processors, and their models long series of operations.
// make lru-long and make torture set CACHEGOPHER_FLAT_OPERATIONS to a billion of them; without it there are some.
func TestFlatModel(t *testing.T) {
	total := operationCount(t, "CACHEGOPHER_FLAT_OPERATIONS", 500_000)
	seed := testSeed(t)
	for i, o := range flatConfigs {
		t.Run(fmt.Sprintf("%+v", o), func(t *testing.T) {
			t.Parallel()
			p, err := newFlatPair(o, seed+uint64(i))
			if err != nil {
				t.Fatal(err)
			}
			defer p.c.Close() //nolint:errcheck // the test is over
			ops := (total + len(flatConfigs) - 1) / len(flatConfigs)
			for op := range ops {
				err := p.step()
				if err == nil && op%max(ops/500, 5000) == 0 {
					err = p.compare()
				}
				if err != nil {
					t.Fatalf("operation %d: %v", op, err)
				}
			}
			if err := p.compare(); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d operations: %+v", ops, p.c.Stats())
		})
	}
}
