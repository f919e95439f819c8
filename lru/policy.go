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

// SetPolicy changes the policy. All entries stay, and so does their order; what a policy knows of them beside their last use
// is lost as far as the other one does not know it too. It takes a moment for each shard: where the former policy had many
// new entries in a queue of their own, about a millisecond for ten thousand of them, during which the shard is unlocked
// again and again. The error describes an unknown policy, or one that needs more memory than MaxMemory leaves it, or is
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

// SetWindow sets how many percent of the entries LFU's window for new ones has, from 1 to 99; at first as many as shadow.First. A larger one is
// better where keys are used again soon or never, a smaller one for loops over more keys than there is room for. AUTO
// chooses by itself.
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

// follow makes p the policy of all shards. REQUIRES: Cache.limits is held, or t is not shared yet.
func (t *table) follow(p Policy) {
	t.shared.policy = p
	for i := range t.shards {
		for s := &t.shards[i]; !s.follow(p); {
		}
	}
}

// follow does a step of making p the policy, and reports whether it is done.
func (s *Shard) follow(p Policy) (done bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.order.Switch(&s.mem, p, switchStep)
}

// The divisors of the part of a byte budget that is set aside for what a policy remembers of keys: two bytes for each
// evicted one, as many as there are entries, if these have 230 bytes or more, and fewer else; or four to eight bytes an
// entry of as many bytes for the frequencies of LFU.
const (
	ghostShare  = 64
	sketchShare = 32
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
