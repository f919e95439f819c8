package lru

import "github.com/cachegopher/cachegopher/lru/policy"

// Policy is a way of choosing the entry that is evicted to make room.
type Policy = policy.Policy

// The policies, as package policy explains them.
const (
	LRU      = policy.LRU
	ExactLRU = policy.ExactLRU
	CLOCK    = policy.CLOCK
)
