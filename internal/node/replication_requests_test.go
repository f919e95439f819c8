package node

import (
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// TestSilentTaker: who takes this node's data and then says nothing is closed.
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
