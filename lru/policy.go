package lru

import (
	"fmt"

	"github.com/cachegopher/cachegopher/lru/policy"
)

// Policy is a way of choosing the entry that is evicted to make room.
type Policy = policy.Policy

// The policies, as package policy explains them.
const (
	LRU      = policy.LRU
	ExactLRU = policy.ExactLRU
	CLOCK    = policy.CLOCK
	S3FIFO   = policy.S3FIFO
	SIEVE    = policy.SIEVE
	NONE     = policy.NONE
	LFU      = policy.LFU
	TTL      = policy.TTL
	AUTO     = policy.AUTO
)

// policy is the one that was chosen, which may be AUTO.
func (c *Cache) policy() Policy { return Policy(c.chosen.Load()) }

// SetPolicy changes the policy. All entries stay, and so does their order. Whatever else the former policy knew of them
// is lost, unless the new one knows it too. It takes a moment for each shard: where the former policy had many new
// entries in a queue of their own, about a millisecond for ten thousand of them, during which the shard is unlocked again
// and again. The error describes an unknown policy, or one that needs more memory than MaxMemory leaves it, or is
// ErrClosed; nothing has changed then.
func (c *Cache) SetPolicy(p Policy) error {
	if !p.Valid() {
		return fmt.Errorf("lru: unknown %v", p)
	}
	c.limits.Lock()
	defer c.limits.Unlock()
	if c.closed {
		return ErrClosed
	}
	o := c.options
	o.MaxEntries, o.MaxMemory, o.Policy = c.maxEntries, c.maxMemory, p
	current := c.table.Load()
	if err := current.geo.fits(o); err != nil {
		return err
	}
	c.chosen.Store(uint32(p))
	u := use{p, c.tuning}
	c.watch.setAuto(p == AUTO, c.used())
	if r, ok := c.watch.choice(); ok {
		u = useOf(r)
	}
	c.setUse(u)
	tables := c.tables()
	c.lockEach()
	c.share(current)
	c.unlockTables(tables)
	c.nudge()
	return nil
}

// SetWindow sets the share of LFU's window for new entries, from 1 to 99 percent of all entries; at first it is that of
// shadow.First. A larger window is better where keys are used again soon or never, a smaller one for loops over more keys
// than there is room for. AUTO chooses by itself.
func (c *Cache) SetWindow(percent int) error {
	if percent < 1 || percent > 99 {
		return fmt.Errorf("lru: a window of %d percent; from 1 to 99 are allowed", percent)
	}
	c.limits.Lock()
	defer c.limits.Unlock()
	c.tuning.window = uint8(percent)
	if c.policy() != AUTO && !c.closed {
		c.setUse(use{c.policy(), c.tuning})
	}
	return nil
}

// tune tunes LFU in all shards. REQUIRES: Cache.limits is held, or t is not shared yet.
func (t *table) tune(to tuning) {
	t.shared.tuning = to
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		s.order.Tune(int(to.window), to.back)
		s.mu.Unlock()
	}
}

// switchStep is how many entries a shard looks at for another policy under one lock.
const switchStep = 1000

// switchPolicy makes p the policy of all shards. REQUIRES: Cache.limits is held, or t is not shared yet.
func (t *table) switchPolicy(p Policy) {
	t.shared.policy = p
	for i := range t.shards {
		for s := &t.shards[i]; !s.switchSome(p); {
		}
	}
}

// switchSome does a step of making p the policy, and reports whether it is done.
func (s *Shard) switchSome(p Policy) (done bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.order.Switch(&s.mem, p, switchStep)
}

// The divisors of the part of a byte budget that is set aside for what a policy remembers of keys.
const (
	ghostShare  = 64 // two bytes for each evicted key, and as many keys as there are entries if these have 230 bytes or more
	sketchShare = 32 // LFU's frequencies: four to eight bytes for each entry, under the same condition
)

// besideEntries is the part of a byte budget that a policy needs beside entries.
func besideEntries(p Policy, maxMemory int64) int64 {
	switch p {
	case S3FIFO:
		return maxMemory / ghostShare
	case LFU, AUTO: // of AUTO's, LFU needs the most
		return maxMemory / sketchShare
	}
	return 0
}
