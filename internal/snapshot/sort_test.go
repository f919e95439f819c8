package snapshot

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSort sorts notes whose ages have from 0 to 32 bits, many of them equal, and compares with a sort by comparing.
func TestSort(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 300 {
		n, shift := r.IntN(5000), r.IntN(33)
		notes := make([]note, n)
		for i := range notes {
			notes[i] = note{r.Uint64(), uint32(r.Uint64() & 0xffffffff >> shift)}
			if i > 0 && r.IntN(3) == 0 {
				notes[i].age = notes[r.IntN(i)].age
			}
		}
		want := slices.Clone(notes)
		s := &saver{ctx: context.Background()}
		if err := s.sort(notes); err != nil {
			t.Fatal(err)
		}
		if !slices.IsSortedFunc(notes, func(a, b note) int { return cmp.Compare(b.age, a.age) }) {
			t.Fatalf("%d notes of %d bits are not in order", n, 32-shift)
		}
		byHash := func(a, b note) int { return cmp.Compare(a.hash, b.hash) }
		slices.SortFunc(want, byHash)
		slices.SortFunc(notes, byHash)
		if !slices.Equal(notes, want) {
			t.Fatalf("%d notes of %d bits: others came out", n, 32-shift)
		}
	}
}

// BenchmarkSort sorts a million notes of 16 bits.
func BenchmarkSort(b *testing.B) {
	s := &saver{ctx: context.Background()}
	notes := make([]note, 1<<20)
	for b.Loop() {
		for i := range notes {
			notes[i].age = rand.Uint32() >> 16
		}
		if err := s.sort(notes); err != nil {
			b.Fatal(err)
		}
	}
}
