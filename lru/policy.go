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
)

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
	tables := c.tables()
	for _, t := range tables {
		t.follow(p)
	}
	c.lockEach()
	c.share(current)
	c.unlockTables(tables)
	c.nudge()
	return nil
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

// ghostShare is the divisor of the part of a byte budget that is set aside for what a policy remembers of evicted entries:
// two bytes each, for as many as the main segment has, if entries have a hundred bytes or more.
const ghostShare = 64

// besideEntries is the part of a byte budget that a policy needs beside entries.
func besideEntries(p Policy, maxMemory int64) int64 {
	if p == S3FIFO {
		return maxMemory / ghostShare
	}
	return 0
}
