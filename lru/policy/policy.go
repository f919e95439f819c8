// Package policy lists the eviction policies of package lru: their names and effects. It imports nothing, for
// programs that read a config but hold no store.
package policy

import (
	"fmt"
	"strings"
)

// Policy is a way of choosing the entry that is evicted to make room. The zero value is LRU.
type Policy uint8

const (
	// LRU evicts the entry used least recently. In a shard of more than ExactEntries entries, an entry that moved to
	// the front within the last eighth of the shard's entries is not moved on a hit, which saves the cache misses
	// of its two neighbours for the keys that are asked for all the time, and hit ratios stay those of ExactLRU.
	LRU Policy = iota
	// ExactLRU evicts the entry used least recently, in shards of any size.
	ExactLRU
	// CLOCK evicts the oldest entry that was not used since it came or was last passed over. A hit moves nothing, but an
	// eviction may pass over up to 256 entries.
	CLOCK
	// S3FIFO (Yang et al. 2023) lets new entries pass through a small queue, a tenth of all, out of which only those go
	// on to the main queue that were used twice. In the main queue, an entry that was used goes to the front when its turn
	// comes to leave. A key that left the small queue lately and comes back goes to the main queue at once: of these, two
	// bytes each are remembered. Scans and keys used once leave quickly. A hit moves nothing.
	S3FIFO
	// SIEVE (Zhang et al. 2024) lets a hand pass over the entries from the oldest to the newest, which evicts the first one
	// that was not used since it passed before. Nothing is ever moved. It is not made for scans.
	SIEVE
	// NONE evicts nothing: what has no room is refused.
	NONE
	// LFU evicts what is used seldom. New entries pass through a window, which has a share of all entries. The oldest one
	// there competes with the oldest one outside that was not used since it was last passed over: the one whose key was used
	// more often lately stays. A key that left the window lately and comes back may go past the window at once. Uses are
	// counted for keys that are not there too, and fade. A hit moves nothing.
	LFU
	// TTL evicts the entry that would expire soonest, nearly always. Where no entry expires, it is LRU.
	TTL
	// AUTO simulates LRU, and LFU with several windows and treatments of keys that come back, over a sample of the keys, and
	// evicts by the one that misses least.
	AUTO
)

// ExactEntries is up to how many entries a shard is exact under LRU.
const ExactEntries = 4096

// facts has the facts of each policy, in the order of the constants.
var facts = [...]struct {
	name  string // in a config
	redis string // the value of Redis's maxmemory-policy that is closest
	text  string // which entry it evicts, for docs/config.md
}{
	LRU:      {"LRU", "allkeys-lru", fmt.Sprintf("the least recently used, about that one in a shard of more than %d entries", ExactEntries)},
	ExactLRU: {"ExactLRU", "allkeys-lru", "the least recently used, in shards of any size, for slower hits"},
	CLOCK:    {"CLOCK", "allkeys-lru", "the oldest that was not used since it came or was last passed over"},
	S3FIFO:   {"S3-FIFO", "allkeys-lru", "soon what is new and not used twice, else the oldest that was not used since it was last passed over"},
	SIEVE:    {"SIEVE", "allkeys-lru", "the next one, from the oldest to the newest and again, that was not used since the last pass"},
	LFU:      {"LFU", "allkeys-lfu", "one that was used seldom lately, whether it is new or old"},
	TTL:      {"TTL", "volatile-ttl", "about the one whose time ends soonest; entries without a time to live go last, in the order of LRU"},
	AUTO:     {"AUTO", "auto", "what LRU or one of several ways of LFU would, whichever of them has missed least lately by simulations over a sample of the keys"},
	NONE:     {"NONE", "noeviction", "none: writes for which there is no room are refused"},
}

// All returns every policy.
func All() []Policy {
	all := make([]Policy, len(facts))
	for i := range all {
		all[i] = Policy(i)
	}
	return all
}

// Fixed returns those that choose entries themselves: all but AUTO.
func Fixed() []Policy { return All()[:AUTO] }

// Names are the names of all, as in a config.
func Names() (names []string) {
	for _, f := range facts {
		names = append(names, f.name)
	}
	return names
}

// Parse returns the policy with the name, in any case.
func Parse(name string) (p Policy, ok bool) {
	for p, f := range facts {
		if strings.EqualFold(f.name, name) {
			return Policy(p), true
		}
	}
	return 0, false
}

// ParseRedis returns the policy that a value of Redis's maxmemory-policy stands for, or that has the name, in any case. The
// values for which there is none, such as volatile-lru, are unknown.
func ParseRedis(name string) (p Policy, ok bool) {
	for p, f := range facts {
		if strings.EqualFold(f.redis, name) {
			return Policy(p), true // the first one: LRU for allkeys-lru
		}
	}
	return Parse(name)
}

// RedisNames are the names that ParseRedis knows, but for their case.
func RedisNames() (names []string) {
	for p := range facts {
		if first, _ := ParseRedis(facts[p].redis); first == Policy(p) {
			names = append(names, facts[p].redis)
		}
	}
	for _, f := range facts {
		if !strings.EqualFold(f.name, f.redis) {
			names = append(names, f.name)
		}
	}
	return names
}

// Valid reports whether p is a known policy.
func (p Policy) Valid() bool { return int(p) < len(facts) }

// String returns the policy's name in a config.
func (p Policy) String() string {
	if !p.Valid() {
		return fmt.Sprintf("policy %d", uint8(p))
	}
	return facts[p].name
}

// Text describes in a few words which entry a valid policy evicts.
func (p Policy) Text() string { return facts[p].text }

// Redis returns the value of Redis's maxmemory-policy that is closest to a valid policy.
func (p Policy) Redis() string { return facts[p].redis }
