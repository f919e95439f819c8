//go:build linux && !race && !lruheap && !lruguard

package memory

import "golang.org/x/sys/unix"

// adviceRelease frees the pages at once, so that resident memory falls.
const adviceRelease = unix.MADV_DONTNEED

// adviseSmall asks for pages of the smallest size, so that memory becomes
// resident only as it is touched, whatever the system's default.
func adviseSmall(b []byte) { _ = unix.Madvise(b, unix.MADV_NOHUGEPAGE) }

// advisePopulate makes memory resident in one call: a fault for each small page
// takes several times as long. Kernels before 5.14 cannot; then it faults.
func advisePopulate(b []byte) { _ = unix.Madvise(b, unix.MADV_POPULATE_WRITE) }
