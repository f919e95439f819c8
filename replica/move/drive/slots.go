package drive

import (
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/replica/move"
)

// SetOf returns the slots of ranges as a set.
func SetOf(ranges topology.SlotRanges) move.Slots { return ranges.Set() }
