package order

import "github.com/cachegopher/cachegopher/lru/internal/memory"

// recent reports whether the use of an entry now need not be noted.
//
//go:norace
func (o *Order) recent(h *memory.Header) bool {
	return (o.uses-h.Stamp()&^flags)&memory.StampMask < o.window
}
