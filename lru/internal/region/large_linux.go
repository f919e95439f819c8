package region

import (
	"bytes"
	"os"
)

// LargePage is the size of a large page, of which a processor translates the addresses of 512 times as much memory with one
// entry as of a usual one.
const LargePage = arenaStep

// SmallByDefault reports whether the system makes large pages only where it is asked to, for shared and private memory. Where it
// makes them by itself, memory would become resident that nobody has touched.
func SmallByDefault() bool {
	for _, name := range []string{"enabled", "shmem_enabled"} {
		b, err := os.ReadFile("/sys/kernel/mm/transparent_hugepage/" + name)
		if err != nil || bytes.Contains(b, []byte("[always]")) || bytes.Contains(b, []byte("[within_size]")) || bytes.Contains(b, []byte("[force]")) {
			return false
		}
	}
	return true
}
