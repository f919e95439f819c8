//go:build linux && !race && !lruheap

package lru

import "golang.org/x/sys/unix"

// adviceRelease frees the pages at once, so that resident memory falls.
const adviceRelease = unix.MADV_DONTNEED

// adviseSmall asks for pages of the smallest size, so that memory becomes
// resident only as it is touched, whatever the system's default.
func adviseSmall(b []byte) { _ = unix.Madvise(b, unix.MADV_NOHUGEPAGE) }

// adviseHuge makes the region one huge page now. Kernels before 6.1 cannot, and
// others may lack a free one: then it stays as it is, only slower to reach.
func adviseHuge(b []byte) {
	if unix.Madvise(b, unix.MADV_HUGEPAGE) == nil {
		_ = unix.Madvise(b, unix.MADV_COLLAPSE)
	}
}
