package shadow

import (
	"fmt"

	"github.com/cachegopher/cachegopher/lru/policy"
)

// Kind is a way of choosing what is evicted.
type Kind uint8

// The kinds.
const (
	LRU    Kind = iota // the least recently used
	SIEVE              // a hand goes from the oldest to the newest, and evicts what was not used since it last passed
	S3FIFO             // a small queue of new keys, a main one, and ghosts of the keys that left the small one unused
	LFU                // a window of new keys, whose oldest must have been asked for more often than main's victim
)

// String is the kind's name in a config.
func (k Kind) String() string { return [...]string{"LRU", "SIEVE", "S3-FIFO", "LFU"}[k] }

// Rule is an eviction policy with its parameter.
type Rule struct {
	Kind   Kind
	Window int             // of LFU: the window's share of the memory in percent, 1 to 99
	Back   policy.Comeback // of LFU
}

// String names the rule in messages.
func (r Rule) String() string {
	if r.Kind != LFU {
		return r.Kind.String()
	}
	return fmt.Sprintf("LFU with a window of %d%%, back %v", r.Window, r.Back)
}

// Rules returns the rules that AUTO chooses from. LFU is there with several windows: a small one holds on to a loop
// longer than the memory, a large one suits keys whose uses come in bursts. Where what is used changes, keys that come back
// must be let in at once, which in a loop replaces all the time what is kept of it. This is as good as SIEVE and S3-FIFO where
// these are better than LRU.
func Rules() []Rule {
	return []Rule{
		{Kind: LRU},
		{LFU, 1, policy.IfFrequent},
		{LFU, 10, policy.AsNew}, First(), {LFU, 10, policy.AtOnce},
		{LFU, 30, policy.AtOnce},
		{LFU, 60, policy.IfFrequent}, {LFU, 60, policy.AtOnce},
	}
}

// First is the rule that AUTO begins with.
func First() Rule { return Rule{LFU, policy.FirstWindow, policy.FirstComeback} }
