package node

import (
	"testing"
	"time"
)

// patience is how long a test waits for what should come.
const patience = 30 * time.Second

// TestSilentTaker: who takes this node's data and then says nothing is closed.
func TestSilentTaker(t *testing.T) {
	killed := make(chan struct{})
	d := newDonor(nil, time.Millisecond, func() { close(killed) })
	defer d.Close()
	select {
	case <-killed:
	case <-time.After(patience):
		t.Error("not closed")
	}
}
