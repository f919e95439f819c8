package offheap

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// smallest is from how many bytes on a table has pages of its own.
const smallest = 1 << 16

// allocate maps memory for n cells and makes it resident. Small tables, and those for which there is no mapping, come from
// the heap, and have no free.
func allocate[T any](n uint64) (cells []T, free func()) {
	var zero T
	if size := n * uint64(unsafe.Sizeof(zero)); size >= smallest && size < 1<<46 {
		b, err := unix.Mmap(-1, 0, int(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_POPULATE)
		if err == nil {
			// A mapping begins at a page, so that it is aligned for every T.
			return unsafe.Slice((*T)(unsafe.Pointer(&b[0])), n), func() { unix.Munmap(b) } //nolint:errcheck // it was mapped
		}
	}
	return make([]T, n), nil
}
