package manage

import (
	"fmt"
	"testing"

	"github.com/cachegopher/cachegopher/internal/config"
)

// TestMeaning checks that no setting is also listed as meaningless.
func TestMeaning(t *testing.T) {
	for _, s := range settings {
		if meaningless(s.name) {
			t.Errorf("%s is a setting and listed as meaningless", s.name)
		}
	}
}

// TestLeastClientBuffers checks that CONFIG SET and a config have the same least client_buffers.
func TestLeastClientBuffers(t *testing.T) {
	for _, bytes := range []int{leastClientBuffers - 1, leastClientBuffers} {
		_, set := readClientBuffers(nil, fmt.Sprint(bytes))
		_, given := config.Parse("c", fmt.Appendf(nil,
			`{"servers": [{"id": "a", "address": ":1", "role": "primary", "client_buffers": %d}]}`, bytes))
		if refused := bytes < leastClientBuffers; (set != nil) != refused || (given != nil) != refused {
			t.Errorf("%d bytes: CONFIG SET says %v, a config %v", bytes, set, given)
		}
	}
}
