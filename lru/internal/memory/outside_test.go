//go:build linux && !race && !lruheap && !lruguard

package memory

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"golang.org/x/sys/unix"
)

// TestOutsideBounds reads entries anywhere in an arena of garbage with an inaccessible page on each side.
func TestOutsideBounds(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	const guard, size = 4096, 64 << 10
	b, err := unix.Mmap(-1, 0, size+2*guard, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Munmap(b) }()
	for _, g := range [][]byte{b[:guard], b[guard+size:]} {
		if err := unix.Mprotect(g, unix.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	arena := b[guard : guard+size]
	o := NewOutside(arena, NewClasses(MinPageShift))
	room := make([]byte, 0, 1<<17)
	read := 0
	for range 50 {
		for i := 0; i < size; i += 8 {
			w := r.Uint64()
			if r.IntN(2) == 0 { // offsets that lead somewhere
				w = uint64(r.IntN(size/8)) | uint64(r.IntN(size/8))<<32
			}
			binary.LittleEndian.PutUint64(arena[i:], w)
		}
		for range 2000 {
			off := uint32(r.IntN(size/8 + 8))
			if r.IntN(100) == 0 {
				off = r.Uint32()
			}
			klen := 1 + r.IntN(64)
			if o.Has(off, 16) {
				klen = int(o.Word(off, 8)>>32&0xffff) + 1
			}
			var e Outline
			if o.Outline(&e, off, klen) {
				o.KeyIs(&e, make([]byte, klen))
				if _, ok := o.AppendValue(room, &e); ok {
					read++
				}
			}
		}
	}
	if read < 200 {
		t.Errorf("only %d values could be read: the test tests little", read)
	}
}
