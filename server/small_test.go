package server

import (
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/testkit"
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

// TestSmallTurns has many small requests wait for one that takes many turns: a turn takes no more of them than one read.
func TestSmallTurns(t *testing.T) {
	r := serveToys(t, Options{})
	c := r.dial()
	const many = 2 * smallInput // bytes
	c.send(strings.Repeat("1\n", many/2))
	c.gets(many / 2)
	testkit.Eventually(t, "turns that take little", func() bool {
		r.toys.longest.Store(0)
		c.send("work 5000\n" + strings.Repeat("1\n", many/2))
		c.gets(many / 2)
		return r.toys.longest.Load() <= smallInput // gnet may read more at once
	})
}
