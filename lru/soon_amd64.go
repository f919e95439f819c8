//go:build !race

package lru

import "sync"

// prefetchLock asks the processor for the cache line of mu, as one that will be written: no other processor's cache
// keeps it. It waits for nothing, and any address will do. Where the instruction is not known it does nothing (Intel,
// SDM volume 2, "PREFETCHW").
//
//go:noescape
func prefetchLock(mu *sync.Mutex)
