//go:build unix && !linux && !race && !lruheap && !lruguard

package memory

import "golang.org/x/sys/unix"

// adviceRelease lets the system take the pages when it needs them.
const adviceRelease = unix.MADV_FREE

// The system chooses page sizes by itself.
func adviseSmall([]byte) {}

// Secure does nothing: memory becomes resident as it is touched.
func Secure([]byte) bool { return true }

func prepare([]byte) {}

// GiveBack is not called where memory cannot lie in a file.
func GiveBack([]byte) {}
