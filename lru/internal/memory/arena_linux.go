//go:build linux && !race && !lruheap && !lruguard

package memory

import "golang.org/x/sys/unix"

// adviceRelease frees the pages at once, so that resident memory falls.
const adviceRelease = unix.MADV_DONTNEED

// adviseSmall asks for pages of the smallest size, so that memory becomes
// resident only as it is touched, whatever the system's default.
func adviseSmall(b []byte) { _ = unix.Madvise(b, unix.MADV_NOHUGEPAGE) }

// Secure makes memory resident in one call: a fault for each small page takes several times as long. It reports false if
// there is no room for it. Kernels before 5.14 cannot do it; then memory becomes resident at the first store, which ends
// the process if there is no room in the file that it lies in.
func Secure(b []byte) bool {
	err := unix.Madvise(b, unix.MADV_POPULATE_WRITE)
	return err == nil || err == unix.EINVAL
}

func prepare(b []byte) { _ = unix.Madvise(b, unix.MADV_POPULATE_READ) }

// GiveBack gives memory of a file back to the system. It reads as zeros from then on, in all processes.
func GiveBack(b []byte) { _ = unix.Madvise(b, unix.MADV_REMOVE) }
