package memory

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// copyOut does what copy does, and touches nothing beside, wherever both begin
// and however long they are.
func TestCopyOut(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	src, dst, want := make([]byte, 5000), make([]byte, 5000), make([]byte, 5000)
	for i := range src {
		src[i], dst[i] = byte(r.Uint32()), byte(r.Uint32())
	}
	for range 20_000 {
		from, to := r.IntN(130), r.IntN(130)
		n, room := r.IntN(4800), r.IntN(4800)
		copy(want, dst)
		w, g := copy(want[to:to+room], src[from:from+n]), copyOut(dst[to:to+room], src[from:from+n])
		if w != g || !bytes.Equal(dst, want) {
			t.Fatalf("%d bytes from %d, room for %d at %d: %d copied, want %d, or other bytes changed", n, from, room, to, g, w)
		}
		src[r.IntN(len(src))]++
	}
}
