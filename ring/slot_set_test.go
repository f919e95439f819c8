package ring

import (
	"errors"
	"math/rand/v2"
	"testing"
)

func TestSlotSet(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		var s SlotSet
		want := map[int]bool{}
		for range 1 + r.IntN(20) {
			first := r.IntN(Slots)
			last := min(first+r.IntN(100), Slots-1)
			s.Add(first, last)
			for slot := first; slot <= last; slot++ {
				want[slot] = true
			}
		}
		again, err := ParseSlotSet(s.String())
		if err != nil || again != s {
			t.Fatalf("%s: %v, read again %s", s.String(), err, again.String())
		}
		for slot := range Slots {
			if s.Has(slot) != want[slot] {
				t.Fatalf("%s: slot %d", s.String(), slot)
			}
		}
		if s.Len() != len(want) || !s.Overlaps(&again) || s.Overlaps(&SlotSet{}) {
			t.Fatalf("%s: %d slots, want %d", s.String(), s.Len(), len(want))
		}
	}
	for _, text := range []string{"", "a", "1-", "-1", "3-2", "16384", "0-16384", "1,,2", "1 "} {
		if _, err := ParseSlotSet(text); !errors.Is(err, errSlots) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
