package node

import (
	"slices"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// TestHeldWrites checks when writes stop waiting after hand-overs that succeed and fail.
func TestHeldWrites(t *testing.T) {
	var said []bool
	h := &heldWrites{set: func(held bool) { said = append(said, held) }, limit: time.Hour}
	want := func(what string, all ...bool) {
		t.Helper()
		h.mu.Lock()
		defer h.mu.Unlock()
		if !slices.Equal(said, all) {
			t.Errorf("%s: %v, want %v", what, said, all)
		}
		said = nil
	}
	h.release()
	want("a stream without a hand-over")
	h.hold()
	h.end(false)
	want("a hand-over with nobody to redirect", true, false)
	h.hold()
	h.end(true)
	h.end(true)
	want("before the new primary leads", true)
	h.release()
	want("the new primary leads", false)
	h.release()
	want("its second stream")
	h.hold()
	h.end(true)
	h.end(false)
	want("the node leads again", true, false)
	h.end(true)
	want("a secondary that never handed over", false)
	h.limit = time.Millisecond
	h.hold()
	h.end(true)
	testkit.Eventually(t, "the new primary never leads", func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return len(said) == 2 && !said[1]
	})
}
