package ring

import (
	"syscall"
	"testing"
)

// A key at either end of a mapping is read without touching what is beside it.
func TestSlotReadsOnlyTheKey(t *testing.T) {
	page := syscall.Getpagesize()
	m, err := syscall.Mmap(-1, 0, 3*page, syscall.PROT_NONE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Munmap(m)
	middle := m[page : 2*page]
	if err := syscall.Mprotect(middle, syscall.PROT_READ|syscall.PROT_WRITE); err != nil {
		t.Fatal(err)
	}
	for n := range 70 {
		for open := -1; open < n; open++ {
			key := make([]byte, n)
			if open >= 0 {
				key[open], key[n-1] = '{', '}'
			}
			want := slot(key)
			for _, at := range [][]byte{middle[:n], middle[page-n:]} {
				copy(at, key)
				if got := SlotBytes(at); got != want {
					t.Fatalf("slot of %q is %d, want %d", key, got, want)
				}
			}
		}
	}
}
