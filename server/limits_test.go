package server

import "testing"

// TestAddressLimitsLater sets a limit while connections are open, which must count.
func TestAddressLimitsLater(t *testing.T) {
	s := &Server{}
	for range 3 {
		if !s.sources.enter(one, begin) {
			t.Fatal("refused without a limit")
		}
	}
	s.SetAddressLimits(3, 0)
	if s.sources.enter(one, begin) {
		t.Error("a fourth of three is let in")
	}
	s.sources.leave(one)
	if !s.sources.enter(one, begin) {
		t.Error("there is room and it is refused")
	}
	s.SetAddressLimits(0, 0)
	if !s.sources.enter(one, begin) {
		t.Error("refused although there is no limit any more")
	}
}
