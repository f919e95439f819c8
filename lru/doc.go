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
// # Memory that outlives the process
//
// With Options.Shared, a table lies in a file, a memfd or one on tmpfs, together with all that readers need: see
// lru/internal/region. Detach leaves it there with a state, which has a checksum, of what lies beside it, and Attach goes on
// with it, without a look at the entries. Every change stands between Begin and End, which the shard's part of the file
// shows. So after the death of the process Attach knows which shards were being changed, and empties them. It checks
// every other one, link by link, and makes anew what lay beside the file; what does not fit costs its shard. The bytes of values
// have no checksum: memory that others damaged may yield a damaged value.
//
// In builds that watch memory, where there are no files, every writer checks that it works between Begin and End.
//
// # Concurrency
//
// Every exported method of Cache and Shards may be called from any goroutine. A Shard's methods require its lock. An
// Entry is valid until the next change of its shard, or until the lock is released.
//
// # Dependencies
//
// Besides the standard library: xxhash, whose digest hashes long keys, and checksums a state, and golang.org/x/sys for mmap and madvise.
package lru
