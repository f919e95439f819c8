//go:build !race

package memory

import "unsafe"

// prefetchWrite asks the processor for the cache line at an address, to be written: no other processor's cache keeps it.
// It does not wait, allows any address, and does nothing if the processor lacks the instruction (Intel, SDM volume 2,
// "PREFETCHW").
//
//go:noescape
func prefetchWrite(at unsafe.Pointer)

// prefetchRead asks the processor for the cache line at an address, to be read.
//
//go:noescape
func prefetchRead(at unsafe.Pointer)

// streamLines copies 64 bytes times lines past the cache, without reading the lines of the destination first, which is
// half the cost of a copy to memory. Another processor may see later stores, the unlocking of a lock among them, before its own
// unless fenceStores is called in between. REQUIRES: dst is a multiple of 64, and both ranges are accessible and do not overlap.
//
//go:noescape
func streamLines(dst, src unsafe.Pointer, lines int)

// fenceStores orders later stores after all earlier ones. It waits until those of streamLines have left the processor, so one
// call serves several of these.
//
//go:noescape
func fenceStores()

// streamFrom is the least number of bytes worth writing past the cache. Shorter values are likely to be read soon, and
// cheap to write to the cache.
const streamFrom = 1024

// copyOut copies src to dst, which is in the arena, like copy. The two must not overlap. The caller calls fenceStores after the
// last of several.
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
