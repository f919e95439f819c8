//go:build unix && !linux && !race && !lruheap && !lruguard

package memory

import "golang.org/x/sys/unix"

// adviceRelease lets the system take the pages when it needs them.
const adviceRelease = unix.MADV_FREE

// The system chooses page sizes by itself.
func adviseSmall([]byte) {}

// Memory becomes resident as it is touched.
func advisePopulate([]byte) {}
