//go:build !race

package lru

import "unsafe"

// prefetchLock asks the processor for the first cache line of s, which has its lock, and for that of control, to be
// written: no other processor's cache keeps them. It does not wait, and does nothing if the processor lacks the instruction
// (Intel, SDM volume 2, "PREFETCHW").
//
//go:noescape
func prefetchLock(s *Shard, control unsafe.Pointer)
