package node

import (
	"testing"

	"github.com/cachegopher/cachegopher/internal/config"
)

// TestTakers has what takes a key up for each key that is taken up, and for no other.
func TestTakers(t *testing.T) {
	for _, k := range config.Keys() {
		if _, ok := takers[k.Name]; ok != (k.Uptake == config.OnReload) {
			t.Errorf("%s: it is taken up at %d, and something takes it up: %v", k.Name, k.Uptake, ok)
		}
	}
}
