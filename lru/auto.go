package lru

import (
	"github.com/cachegopher/cachegopher/lru/internal/region"
	"github.com/cachegopher/cachegopher/lru/policy"
	"github.com/cachegopher/cachegopher/lru/shadow"
)

// Under AUTO, the watch shows a sample of the requests to simulations of all policies that AUTO chooses from, and asks
// now and then for a look at what they answered. That is the background goroutine's, which also makes the change: no
// request waits for it, except for a shard whose entries are put into another order.

// use is what a cache evicts by: a fixed policy, and how LFU is tuned. Under AUTO it is AUTO's choice.
type use struct {
	policy Policy
	tuning
}

// tuning is how LFU is tuned: the window, in percent of the entries, and what becomes of keys that come back.
type tuning struct {
	window uint8
	back   policy.Comeback
}

// firstTuning is LFU's unless SetWindow or AUTO change it.
func firstTuning() tuning { return tuning{uint8(shadow.First().Window), shadow.First().Back} }

// firstUse is what a new cache evicts by.
func firstUse(p Policy) use {
	if p == AUTO {
		return useOf(shadow.First())
	}
	return use{p, firstTuning()}
}

// useOf is the rule in the store.
func useOf(r shadow.Rule) use {
	p, ok := policy.Parse(r.Kind.String())
	if !ok {
		panic("lru: AUTO chose a policy that the store has not: " + r.String())
	}
	if p != LFU {
		return use{p, firstTuning()}
	}
	return use{p, tuning{uint8(r.Window), r.Back}}
}

// rule is the simulated policy that is closest to u.
func (u use) rule() shadow.Rule {
	switch u.policy {
	case SIEVE:
		return shadow.Rule{Kind: shadow.SIEVE}
	case S3FIFO:
		return shadow.Rule{Kind: shadow.S3FIFO}
	case LFU:
		return shadow.Rule{Kind: shadow.LFU, Window: int(u.window), Back: u.back}
	}
	return shadow.Rule{Kind: shadow.LRU}
}

// encode is u for a file's header, where 0 means that it is unknown.
func (u use) encode() uint32 {
	return uint32(u.back)<<useBack | 1<<useKnown | uint32(u.window)<<useWindow | uint32(u.policy)
}

// The places of what encode returns; the policy is at the lowest one.
const (
	useWindow = 8
	useKnown  = 16
	useBack   = 17
)

func decodeUse(code uint32) use {
	return use{Policy(code), tuning{uint8(code >> useWindow), policy.Comeback(code >> useBack & 3)}}
}

// used is what the cache evicts by.
func (c *Cache) used() use { return decodeUse(c.inUse.Load()) }

// using is what s evicts by. REQUIRES: s is locked.
func (s *Shard) using() use {
	window, back := s.order.Tuning()
	return use{s.order.Policy(), tuning{uint8(window), back}}
}

// setUse makes all shards evict by u. REQUIRES: Cache.limits is held.
func (c *Cache) setUse(u use) {
	c.inUse.Store(u.encode())
	for _, t := range c.tables() {
		t.tune(u.tuning)
		t.switchPolicy(u.policy)
		t.noteUse(u)
	}
	c.sums.Lock()
	defer c.sums.Unlock()
	c.follow()
}

// noteUse notes u in the file of t, if it has one.
func (t *table) noteUse(u use) {
	if t.file != nil {
		t.file.region.Header().Use.Store(u.encode())
	}
}

// resume lets AUTO go on with the policy that the cache in the file evicted by last, if AUTO chooses among such.
// REQUIRES: nobody else knows c.
func (c *Cache) resume(h *region.Header) {
	code := h.Use.Load()
	if u := decodeUse(code); code != 0 && c.policy() == AUTO && c.watch.auto.Begin(u.rule()) {
		c.inUse.Store(useOf(c.watch.auto.Rule()).encode())
	}
}

// reconsider lets AUTO change its mind, and the curve begin to count.
func (c *Cache) reconsider() {
	c.limits.Lock()
	defer c.limits.Unlock()
	if r, ok := c.watch.choice(); ok && !c.closed {
		if u := useOf(r); u != c.used() {
			c.setUse(u)
			c.changes.Add(1)
		}
	}
	if c.watch.stale() {
		c.sums.Lock()
		defer c.sums.Unlock()
		c.follow()
	}
}

// Using says what a cache evicts by now.
type Using struct {
	Policy  Policy          // never AUTO: then it is AUTO's choice
	Window  int             // of LFU, in percent of the entries; 0 under another policy
	Back    policy.Comeback // of LFU: what becomes of a key that left the window lately and is stored again
	Changes int64           // how often AUTO has changed its mind
}

// Using says what the cache evicts by now.
func (c Shards) Using() Using {
	u := c.used()
	if u.policy != LFU {
		u.tuning = tuning{}
	}
	return Using{u.policy, int(u.window), u.back, c.changes.Load()}
}
