//go:build linux && !race && !lruheap

package lru

import "golang.org/x/sys/unix"

// adviceRelease frees the pages at once, so that resident memory falls.
const adviceRelease = unix.MADV_DONTNEED

// adviseNoHuge keeps the kernel from backing sparse pages by huge ones, which
// would let resident memory pass the budget.
func adviseNoHuge(b []byte) { _ = unix.Madvise(b, unix.MADV_NOHUGEPAGE) }
