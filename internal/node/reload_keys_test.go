package node

import (
	"testing"

	"github.com/cachegopher/cachegopher/internal/config"
)

// TestAppliers: there is an applier for each key that a reload applies, and for no other.
func TestAppliers(t *testing.T) {
	for _, k := range config.Keys() {
		if _, ok := appliers[k.Name]; ok != (k.Uptake == config.OnReload) {
			t.Errorf("%s: it is taken up at %d, and something takes it up: %v", k.Name, k.Uptake, ok)
		}
	}
}
