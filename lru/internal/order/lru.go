package order

import "github.com/cachegopher/cachegopher/lru/internal/memory"

// recent reports whether an entry need not move on a hit.
//
//go:norace
func (o *Order) recent(h *memory.Header) bool {
	return o.entries > o.exactUpTo && (o.uses-h.Stamp())&memory.StampMask < o.entries/8
}
