// Package lru is a byte-bounded, sharded, in-memory cache with least recently
// used eviction, whose entries live outside the Go heap.
//
// It is the store of a CacheGopher node and is usable alone:
//
//	c, err := lru.New(lru.Options{MaxMemory: 256 << 20})
//	...
//	err = c.SetString("user:42", []byte("Ada"), time.Minute)
//	value, ok := c.GetString(nil, "user:42")
//
// Set, Get and Delete take keys that are bytes. GetOrLoad fills what is missing, and
// Options.OnEvict hears of what is evicted.
//
// # Memory
//
// Each shard reserves a range of addresses and takes memory from it page by
// page. Pages are cut into slots of one size class; entries, the chunks of long
// values and the index itself are all slots. Slots refer to each other by
// 32-bit offsets, so the garbage collector sees a constant number of objects
// however many entries there are. When the sizes that are stored change, sparse
// pages are emptied by moving their slots, and serve the new sizes: memory never
// stays with a size nobody stores any more.
//
// # Concurrency
//
// Every exported method of Cache may be called from any goroutine. A Shard is
// handed out locked by Cache.Lock; its methods require that lock and its entries
// are valid only until the next change of that shard or until Unlock.
//
// # Dependencies
//
// Beside the standard library: xxhash, whose digest hashes long keys, and
// golang.org/x/sys for mmap and madvise.
package lru
