package move

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/cachegopher/cachegopher/ring"
)

func TestSlotsAsText(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		var s Slots
		want := map[int]bool{}
		for range 1 + r.IntN(20) {
			first := r.IntN(ring.Slots)
			last := min(first+r.IntN(100), ring.Slots-1)
			s.Add(first, last)
			for slot := first; slot <= last; slot++ {
				want[slot] = true
			}
		}
		again, err := ParseSlots(s.String())
		if err != nil || again != s {
			t.Fatalf("%s: %v, read again %s", s.String(), err, again.String())
		}
		for slot := range ring.Slots {
			if s.Has(slot) != want[slot] {
				t.Fatalf("%s: slot %d", s.String(), slot)
			}
		}
		if s.Len() != len(want) || !s.Overlaps(&again) || s.Overlaps(&Slots{}) {
			t.Fatalf("%s: %d slots, want %d", s.String(), s.Len(), len(want))
		}
	}
	for _, text := range []string{"", "a", "1-", "-1", "3-2", "16384", "0-16384", "1,,2", "1 "} {
		if _, err := ParseSlots(text); !errors.Is(err, errSlots) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
