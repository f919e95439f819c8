package lru

import (
	"fmt"
	"strings"
	"time"
)

// pair is a cache of one shard and its model, given the same operations. Every
// reply and every counter must be the same.
type pair struct {
	c      Shards
	m      *model
	now    int64
	limit  int64 // bytes; 0: no bound
	keys   int
	buf    []byte
	before Stats // the cache's, before the operation
}

// dice draws a number in [0, n); what names it.
type dice func(n int, what string) int

// config is a pair's budgets and keys.
type config struct {
	maxEntries int
	maxMemory  int64
	keys       int
	filled     int // keys that are there from the start, with values of filling bytes
}

const filling = 9000

// newPair builds both. A byte budget may be below MinMemory: a small one is filled
// sooner, and there is less to check.
func newPair(o config, seed uint64) (*pair, error) {
	p := &pair{m: newModel(o.maxEntries), now: 1_000_000, limit: o.maxMemory, keys: o.keys}
	memory := o.maxMemory
	if memory > 0 {
		memory = max(memory, MinMemory)
	}
	c, err := New(Options{MaxEntries: int64(o.maxEntries), MaxMemory: memory, Shards: 1, Seed: seed | 1,
		NoBackground: true, Clock: func() int64 { return p.now }, Shared: testFiles})
	if err != nil {
		return nil, err
	}
	p.c = c.Shards()
	t := c.table.Load()
	t.shared.pages.share(t.pageLimit(o.maxMemory, 0), []int64{0})
	for i := range o.filled {
		p.before = c.Stats()
		if err := p.put(p.keyOf(i), string(noise[i:][:filling]), 0); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// operations are what a pair does, each with the weight of its choice.
var operations = []struct {
	weight int
	name   string
	do     func(*pair, dice) error
}{
	{30, "get", (*pair).get},
	{30, "set", (*pair).set},
	{8, "delete", (*pair).delete},
	{8, "expire", (*pair).expire},
	{8, "time", func(p *pair, d dice) error { p.now += int64(d(30, "ms")); return nil }},
	{2, "touch", (*pair).touch},
	{2, "reclaim", (*pair).reclaim},
	{1, "walk", (*pair).walk},
	{1, "flush", (*pair).flush},
	{1, "prefixes", (*pair).changePrefixes},
}

// step does one operation, drawn by d, and compares.
func (p *pair) step(d dice) error {
	total := 0
	for _, op := range operations {
		total += op.weight
	}
	n := d(total, "operation")
	for _, op := range operations {
		if n -= op.weight; n < 0 {
			p.before = p.c.Stats()
			if err := op.do(p, d); err != nil {
				return fmt.Errorf("%s: %w", op.name, err)
			}
			return p.compare(op.name)
		}
	}
	panic("no operation drawn")
}

// compare asks for equal counters and for a use of memory within the budget.
func (p *pair) compare(op string) error {
	got, want := p.c.Stats(), p.m.stats
	want.UsedBytes, want.MaxEntries, want.MaxMemory, want.Shards = got.UsedBytes, got.MaxEntries, got.MaxMemory, 1
	if got != want {
		return fmt.Errorf("after %s the counters are\n%+v, want\n%+v", op, got, want)
	}
	if p.limit > 0 && got.UsedBytes > p.limit {
		return fmt.Errorf("after %s %d bytes are used of %d", op, got.UsedBytes, p.limit)
	}
	return nil
}

// pressed is how many entries an operation has removed so far for want of memory,
// other being those it removed for another reason. Nothing may go for want of
// memory while there is some.
func (p *pair) pressed(other int64) (int, error) {
	st := p.c.Stats()
	n := st.Evictions + st.Expirations - p.before.Evictions - p.before.Expirations - other
	if n > 0 && p.limit == 0 {
		return 0, fmt.Errorf("%d entries went, but memory has no bound", n)
	}
	if free := p.limit - st.UsedBytes; n > 0 && free > p.limit/directoryShare+2*p.c.table.Load().pageBytes() {
		return 0, fmt.Errorf("%d entries went while %d bytes were free", n, free)
	}
	return int(n), nil
}

// key draws a key; some are so long that they are chained.
func (p *pair) key(d dice) string { return p.keyOf(d(p.keys, "key")) }

func (p *pair) keyOf(i int) string {
	k := fmt.Sprint("k", i)
	if i%20 == 19 {
		k += strings.Repeat("x", i*331%20_000)
	}
	return k
}

// value draws a value: mostly short, some chained, some nearly as long as can be.
func (p *pair) value(d dice) string {
	most := [...]int{100, 100, 100, 1000, 9000, 45_000}[d(6, "length")]
	n, from := d(most, "bytes"), d(1000, "from")
	return string(noise[from:][:n])
}

// expiry draws the time of an expiry: never, just over, or soon.
func (p *pair) expiry(d dice) int64 {
	if d(3, "expires") < 2 {
		return 0
	}
	return p.now - 5 + int64(d(100, "at"))
}

func (p *pair) get(d dice) error {
	k := p.key(d)
	p.c.Warm([]uint64{p.c.Hash([]byte(k))})
	want, ok := p.m.get(k, p.now)
	got, gotOK := p.c.Get(append(p.buf[:0], "pre"...), []byte(k))
	p.buf = got
	if gotOK != ok || ok && string(got) != "pre"+want {
		return fmt.Errorf("Get(%.20q) is %d bytes, %v; want %d, %v", k, len(got)-3, gotOK, len(want), ok)
	}
	return nil
}

func (p *pair) set(d dice) error {
	return p.put(p.key(d), p.value(d), p.expiry(d))
}

func (p *pair) put(k, v string, at int64) error {
	other := int64(0) // entries that go whatever memory there is
	if el, ok := p.m.byKey[k]; ok {
		if el.Value.(*modelEntry).expired(p.now) {
			other++
		}
	} else if p.m.max > 0 && len(p.m.byKey) >= p.m.max {
		other++
	}
	if err := p.c.SetAt([]byte(k), []byte(v), at); err != nil {
		return err
	}
	n, err := p.pressed(other)
	if err != nil {
		return err
	}
	p.m.set(k, v, at, p.now, n)
	return nil
}

func (p *pair) delete(d dice) error {
	k := p.key(d)
	want := p.m.delete(k, p.now)
	if got := p.c.Delete([]byte(k)); got != want {
		return fmt.Errorf("Delete(%.20q) is %v, want %v", k, got, want)
	}
	return nil
}

// with calls fn with k's entry under the lock when the model has it too.
func (p *pair) with(k string, fn func(s *Shard, h uint64, e Entry, want *modelEntry) error) error {
	want := p.m.live(k, p.now)
	h := p.c.Hash([]byte(k))
	s := p.c.Lock(h)
	defer func() { s.Unlock() }()
	e, ok := s.Peek(h, []byte(k), p.now)
	if ok != (want != nil) {
		return fmt.Errorf("Peek(%.20q) is %v, want %v", k, ok, want != nil)
	}
	if !ok {
		return nil
	}
	if s.Expiry(e) != want.expireAt || !s.ValueEqual(e, []byte(want.value)) {
		return fmt.Errorf("%.20q expires at %d, want %d, or has another value", k, s.Expiry(e), want.expireAt)
	}
	return fn(s, h, e, want)
}

func (p *pair) expire(d dice) error {
	k, at := p.key(d), p.expiry(d)
	found := false
	err := p.with(k, func(s *Shard, h uint64, e Entry, want *modelEntry) error {
		found = true
		e, err := s.SetExpiry(h, e, at)
		if err == nil && (s.Expiry(e) != at || !s.ValueEqual(e, []byte(want.value))) {
			err = fmt.Errorf("the entry returned expires at %d, want %d, or has another value", s.Expiry(e), at)
		}
		return err
	})
	if !found || err != nil {
		return err
	}
	n, err := p.pressed(0)
	if err != nil {
		return err
	}
	p.m.setExpiry(k, at, p.now, n)
	return nil
}

func (p *pair) touch(d dice) error {
	k := p.key(d)
	return p.with(k, func(s *Shard, _ uint64, e Entry, _ *modelEntry) error {
		s.Touch(e)
		p.m.order.MoveToFront(p.m.byKey[k])
		return nil
	})
}

// reclaim does the background work until nothing is left of it: what has expired
// goes, and nothing else.
func (p *pair) reclaim(dice) error {
	// A call that finds little goes on for a few pages only.
	for range p.c.table.Load().shards[0].mem.Pages()/sweepVisits + 2 {
		for p.c.Step(time.Hour) {
		}
	}
	for k, el := range p.m.byKey {
		if el.Value.(*modelEntry).expired(p.now) {
			p.m.live(k, p.now)
		}
	}
	return nil
}

// walk goes through the cache: what is alive is shown, what has expired is not,
// but stays where it is.
func (p *pair) walk(d dice) error {
	seen := map[string]bool{}
	count := 1 + d(20, "count")
	for cursor, done := uint64(0), false; !done; done = cursor == 0 {
		cursor = p.c.Scan(cursor, count, p.now, func(_ Reader, _ Entry, k []byte) { seen[string(k)] = true })
	}
	for k, el := range p.m.byKey {
		if live := !el.Value.(*modelEntry).expired(p.now); live != seen[k] {
			return fmt.Errorf("the walk showed %.20q: %v, alive: %v", k, seen[k], live)
		}
		delete(seen, k)
	}
	if len(seen) > 0 {
		return fmt.Errorf("the walk showed %d keys that are not there", len(seen))
	}
	return nil
}

func (p *pair) flush(d dice) error {
	if d(50, "really") == 49 {
		p.c.Flush()
		p.m.flush()
	}
	return nil
}
