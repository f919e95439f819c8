//go:build poll_opt

package reactor

import "testing"

// TestWatched shows that gnet's epoll instances can watch descriptors of the reactor, so that write readiness needs no goroutine.
func TestWatched(t *testing.T) {
	for _, l := range serve(t, 2).Loops() {
		if l.writable.watched == nil || l.writable.done != nil {
			t.Errorf("loop %d: a goroutine waits for its sockets", l.Index())
		}
	}
}
