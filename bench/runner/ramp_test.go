package runner

import (
	"testing"

	"github.com/cachegopher/cachegopher/bench/result"
)

// TestReached: each connection may lack one request, which in a short round can be all of them.
func TestReached(t *testing.T) {
	for _, c := range []struct {
		requests       int64
		seconds, rate  float64
		connections    int
		wantsItReached bool
	}{
		{64, 0.1, 1000, 64, true}, // one of each connection; due are 100
		{32, 0.1, 1000, 64, false},
		{0, 0.1, 1000, 64, false},
		{0, 0.05, 16, 8, false}, // none was due
		{9690, 1, 10_000, 64, true},
		{9500, 1, 10_000, 64, false},
	} {
		r := &result.Round{Requests: c.requests, Seconds: c.seconds}
		if got := reached(r, c.rate, c.connections); got != c.wantsItReached {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
