package order

import (
	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/policy"
)

// LFU is S3-FIFO's two segments and ghosts, with a sketch that counts how often keys are used, also those that are not there.
// The small segment is a window for new entries. The oldest entry of the window goes on to the main segment
// if its key was used more often than that of the entry that would leave the main segment, as in TinyLFU (Einziger,
// Friedman, Manes 2017); else it leaves itself, and leaves a ghost. Both segments are CLOCKs: an entry that was used goes to its
// segment's front instead, and loses a use.

// Tune sets how many percent of the entries LFU's window has, and what becomes of keys that come back. What a smaller window has
// too much goes to main.
func (o *Order) Tune(window int, back policy.Comeback) {
	o.share, o.back, o.filling = uint32(window), back, true
}

// Tuning is what Tune set.
func (o *Order) Tuning() (window int, back policy.Comeback) { return int(o.share), o.back }

// Frequency is about how often the key with the hash h was used lately, up to 15; ok is false if the policy does not count
// that.
func (o *Order) Frequency(h uint64) (n int, ok bool) {
	return int(o.sketch.estimate(h)), o.policy == policy.LFU
}

// leastFrequent is the entry that leaves next under LFU. As long as the window is too large, main's oldest entry does not have
// to leave for one that wins.
func (o *Order) leastFrequent(m *memory.Memory, hashOf func(off uint32) uint64) uint32 {
	share, most := o.windowShare()
	passed := o.settle(m, share, most)
	for ; o.mark != 0 && passed < mostPassed && used(m, o.tail); passed++ {
		o.passMain(m)
	}
	for passed = 0; o.small > 0 && (o.mark == 0 || o.small >= share-share/policy.Slack); passed++ {
		last := o.lastSmall(m)
		for ; passed < mostPassed && used(m, last); passed++ {
			o.pass(m, last, o.head)
			last = o.lastSmall(m)
		}
		if o.mark == 0 || !o.protected(last) && o.usesOf(m, last, hashOf) <= o.usesOf(m, o.tail, hashOf)+policy.Lead {
			return last
		}
		o.promote(m, last, 0)
		if o.small <= most || passed >= mostPassed {
			break
		}
	}
	return o.tail
}

// windowShare is how many entries LFU's window should have, and the most that it may have.
func (o *Order) windowShare() (share, most uint32) {
	share = uint32(uint64(o.entries) * uint64(o.share) / 100)
	return share, share + share/policy.Slack + 1
}

// settle gives main what the window has above its share, with its uses, if main is to be filled, and returns how many entries it
// has passed. Otherwise keys compete: what a large value leaves behind when it goes would else be filled by whatever comes.
// This fills main again after removals, too, unless they left next to nothing to compete with.
func (o *Order) settle(m *memory.Memory, share, most uint32) (passed int) {
	if o.mark == 0 || o.entries-o.small < (o.entries-share)/policy.LeastMain {
		o.filling = true
	}
	if o.filling && o.small > most {
		for ; o.small > share+1 && passed < mostPassed; passed++ {
			o.promote(m, o.lastSmall(m), usedMask)
		}
	}
	o.filling = o.filling && o.small > most
	return passed
}

// enters reports whether the key with the hash h, which is about to be added, begins in the small segment.
func (o *Order) enters(m *memory.Memory, h uint64, hashOf func(off uint32) uint64) bool {
	if !o.ghosts.take(h) {
		return true
	}
	switch {
	case o.policy != policy.LFU || o.back == policy.AtOnce:
		return false
	case o.back == policy.AsNew:
		return true
	}
	for passed := 0; o.mark != 0 && passed < mostPassed && used(m, o.tail); passed++ {
		o.passMain(m)
	}
	return o.mark != 0 && o.sketch.estimate(h) < o.usesOf(m, o.tail, hashOf)
}

// usesOf is how often the key of the entry at off, which may leave soon, was used lately.
func (o *Order) usesOf(m *memory.Memory, off uint32, hashOf func(off uint32) uint64) uint64 {
	return o.sketch.estimate(o.HashOf(m, off, hashOf))
}
