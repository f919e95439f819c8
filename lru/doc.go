// Package lru is a sharded in-memory cache, bounded in bytes or entries, whose entries live outside the Go heap. By
// default it evicts the entry used least recently; Options.Policy chooses another order.
//
// It is the store of a CacheGopher node and can be used alone:
//
//	c, err := lru.New(lru.Options{MaxMemory: 256 << 20})
//	...
//	err = c.SetString("user:42", []byte("Ada"), time.Minute)
//	value, ok := c.GetString(nil, "user:42")
//
// Get, Set and Delete take keys as bytes or strings, GetOrLoad loads missing values, All and Keys iterate over the
// cache, and Options.OnEvict is called for evictions. Shards, and the types Shard, Locked, Entry and Reader that go with
// it, are for servers and replication.
//
// # Parts
//
// A shard composes three parts. lru/internal/memory holds the entries, lru/internal/index finds them by key, and
// lru/internal/order decides which one leaves next. Each has a small contract and is unaware of the others, except that
// the index and the order refer to entries by their offsets in memory.
//
// # Memory
//
// Each shard reserves a range of addresses and takes memory from it page by page. Pages are cut into slots of one size
// class; entries, the chunks of long values and the segments of the index are all slots. Slots refer to each other by
// 32-bit offsets, so the garbage collector sees a constant number of objects however many entries there are. When the
// sizes of values change, sparse pages are emptied by moving their slots and then serve the new sizes.
//
// # Concurrency
//
// Every exported method of Cache and Shards may be called from any goroutine. A Shard's methods require its lock. An
// Entry is valid until the next change of its shard, or until the lock is released.
//
// # Dependencies
//
// Besides the standard library: xxhash, whose digest hashes long keys, and golang.org/x/sys for mmap and madvise.
package lru
