//go:build !race

package lru

// prefetchLock asks the processor for the first cache line of s, which has its lock, as one that will be written: no other processor's cache
// keeps it. It waits for nothing, and any address will do. Where the instruction is not known it does nothing (Intel,
// SDM volume 2, "PREFETCHW").
//
//go:noescape
func prefetchLock(s *Shard)
