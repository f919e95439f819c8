package move

import "github.com/cachegopher/cachegopher/ring"

// Slots is a set of slots.
type Slots = ring.SlotSet

// ParseSlots reads a set's String.
func ParseSlots(text string) (Slots, error) { return ring.ParseSlotSet(text) }
