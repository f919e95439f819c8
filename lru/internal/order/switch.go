package order

import (
	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/policy"
)

// Switch makes p the policy, and keeps all entries in their order. It looks at up to most entries, and reports whether it is
// done; until then, the former policy holds, and Switch has to be called again.
//
// A policy with segments begins with all entries in the main one.
func (o *Order) Switch(m *memory.Memory, p policy.Policy, most int) (done bool) {
	if o.policy == p {
		return true
	}
	o.merging = true
	for ; o.small > 0; most-- {
		if most <= 0 {
			return false
		}
		o.promote(m, o.lastSmall(m), usedMask)
	}
	o.merging = false
	o.ghosts.forget()
	o.sketch.forget()
	o.setPolicy(p)
	return true
}
