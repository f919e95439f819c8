package lru

import "github.com/cachegopher/cachegopher/lru/internal/order"

// Policy is a way of choosing the entry that is evicted to make room.
type Policy = order.Policy

// The policies.
const (
	// LRU evicts the entry used least recently; in a shard of more than 4,096 entries, about that one.
	LRU = order.LRU
	// ExactLRU evicts the entry used least recently, in shards of any size.
	ExactLRU = order.ExactLRU
	// CLOCK evicts the oldest entry that was not used since it came or was last passed over. A hit changes less than
	// under LRU, but an eviction may pass over up to 64 entries.
	CLOCK = order.CLOCK
)
