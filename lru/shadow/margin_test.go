package shadow

import (
	"testing"

	"github.com/cachegopher/cachegopher/lru/policy"
)

// TestMargins checks which changes need a larger lead than others.
func TestMargins(t *testing.T) {
	lfu := func(window int, back policy.Comeback) Rule { return Rule{LFU, window, back} }
	first := First()
	other := Rule{LFU, first.Window, policy.AtOnce}
	ordered := []struct {
		name     string
		from, to Rule
	}{
		{"back to the first rule", other, first},
		{"to the next window", first, lfu(1, first.Back)},
		{"away from the first rule", first, other},
		{"to a window far away", first, lfu(60, first.Back)},
		{"to LRU", first, Rule{Kind: LRU}},
	}
	for i, c := range ordered[1:] {
		before := ordered[i]
		if low, high := margin(before.from, before.to), margin(c.from, c.to); low <= 0 || low >= high {
			t.Errorf("%s needs a lead of %v of the entries, %s %v", before.name, low, c.name, high)
		}
	}
	if there, back := margin(first, Rule{Kind: LRU}), margin(Rule{Kind: LRU}, first); there != back {
		t.Errorf("to LRU a lead of %v is needed, and %v to come from it", there, back)
	}
	window, both := margin(first, lfu(30, first.Back)), margin(first, lfu(30, policy.AtOnce))
	if both <= window || both <= margin(first, other) {
		t.Errorf("a lead of %v is needed for another window, %v for that and another rule for what comes back", window, both)
	}
}
