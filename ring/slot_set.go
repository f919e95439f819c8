package ring

import (
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// SlotSet is a set of slots. The zero value is empty.
type SlotSet [Slots / 64]uint64

var errSlots = errors.New("slots must be numbers and ranges of numbers, such as 0-99,200, each less than 16384")

// ParseSlotSet reads what String returns. The order of the ranges does not matter.
func ParseSlotSet(text string) (s SlotSet, err error) {
	for part := range strings.SplitSeq(text, ",") {
		low, high, isRange := strings.Cut(part, "-")
		if !isRange {
			high = low
		}
		first, err := strconv.ParseUint(low, 10, 16)
		last, err2 := strconv.ParseUint(high, 10, 16)
		if err != nil || err2 != nil || first > last || last >= Slots {
			return SlotSet{}, fmt.Errorf("%w: %.40q", errSlots, part)
		}
		s.Add(int(first), int(last))
	}
	return s, nil
}

// Add adds the slots from first to last. REQUIRES: 0 <= first, last < Slots.
func (s *SlotSet) Add(first, last int) {
	for slot := first; slot <= last; slot++ {
		s[slot/64] |= 1 << (slot % 64)
	}
}

// Has reports whether the slot is in the set.
func (s *SlotSet) Has(slot int) bool { return s[slot/64]>>(slot%64)&1 != 0 }

// HasKey reports whether the key's slot is in the set.
func (s *SlotSet) HasKey(key []byte) bool { return s.Has(SlotBytes(key)) }

// Overlaps reports whether a slot is in both sets.
func (s *SlotSet) Overlaps(other *SlotSet) bool {
	for i := range s {
		if s[i]&other[i] != 0 {
			return true
		}
	}
	return false
}

// Len is the number of slots in the set.
func (s *SlotSet) Len() (n int) {
	for _, word := range s {
		n += bits.OnesCount64(word)
	}
	return n
}

// String returns the slots as ranges, such as 0-99,200.
func (s *SlotSet) String() string {
	var b []byte
	for slot := 0; slot < Slots; slot++ {
		if !s.Has(slot) {
			continue
		}
		if len(b) > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(slot), 10)
		first := slot
		for slot+1 < Slots && s.Has(slot+1) {
			slot++
		}
		if slot > first {
			b = strconv.AppendInt(append(b, '-'), int64(slot), 10)
		}
	}
	return string(b)
}
