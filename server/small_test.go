package server

import (
	"strings"
	"testing"
)

// TestSmallRequests says so of a client that sends many small requests at once, until it sends large ones. A few small ones
// change nothing.
func TestSmallRequests(t *testing.T) {
	r := serveToys(t, Options{})
	c := r.dial()
	small := func() bool {
		got := make(chan bool)
		r.loops[0].Call(func() {
			for c := range r.loops[0].Conns() {
				got <- c.Small
			}
		})
		return <-got
	}
	for _, step := range []struct {
		requests string
		replies  int
		want     bool
	}{
		{"1\n", 1, false},
		{strings.Repeat("1\n", 10_000), 10_000, true},
		{"1\n", 1, true},
		{strings.Repeat("0", 20_000) + "1\n", 1, false}, // a long request
		{strings.Repeat("1\n", 10_000), 10_000, true},
	} {
		c.send(step.requests)
		c.gets(step.replies)
		if got := small(); got != step.want {
			t.Errorf("after %d bytes of requests with %d bytes of replies: %v", len(step.requests), step.replies, got)
		}
	}
}
