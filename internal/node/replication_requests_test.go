package node

import (
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// TestSilentTaker checks that the connection is closed if a node takes this node's data and then falls silent.
func TestSilentTaker(t *testing.T) {
	killed := make(chan struct{})
	d := newDonor(nil, time.Millisecond, func() { close(killed) })
	defer d.Close()
	select {
	case <-killed:
	case <-time.After(testkit.Patience):
		t.Error("not closed")
	}
}
