//go:build !race

package memory

import "unsafe"

// prefetchWrite asks the processor for the cache line at an address, as one that
// will be written: no other processor's cache keeps it. It waits for nothing, and
// any address will do. Where the instruction is not known it does nothing (Intel,
// SDM volume 2, "PREFETCHW").
//
//go:noescape
func prefetchWrite(at unsafe.Pointer)

// prefetchRead asks for the cache line at an address, to be read.
//
//go:noescape
func prefetchRead(at unsafe.Pointer)

// streamLines copies 64 bytes times lines past the cache: lines of the
// destination are not read first, which is half of what a copy to memory costs.
// Stores that follow come after those here. REQUIRES: dst is a multiple of 64,
// both ranges are accessible and do not overlap.
//
//go:noescape
func streamLines(dst, src unsafe.Pointer, lines int)

// streamFrom is the least bytes that are worth writing past the cache. Shorter
// values are likely to be read from it soon, and cheap to write to it.
const streamFrom = 1024

// copyOut copies src to dst, which is memory of the store, and returns how many
// bytes: the fewer of both. The two do not overlap.
func copyOut(dst, src []byte) int {
	n := min(len(dst), len(src))
	if n < streamFrom {
		return copy(dst, src)
	}
	head := int(-uintptr(unsafe.Pointer(&dst[0])) % CacheLine)
	lines := (n - head) / CacheLine
	end := head + lines*CacheLine
	copy(dst[:head], src)
	streamLines(unsafe.Pointer(&dst[head]), unsafe.Pointer(&src[head]), lines)
	copy(dst[end:n], src[end:n])
	return n
}
