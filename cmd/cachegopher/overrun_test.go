package main

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// TestLogOverruns: full syncs because the log was too short, for which there is an alert, are counted apart from those after
// restarts.
func TestLogOverruns(t *testing.T) {
	t.Parallel()
	g := newGroup(t, 1)
	g.start(0)
	g.start(1)
	p := g.nodes[0]
	inStep := func() {
		t.Helper()
		p.eventually("secondary in step", func() bool { return replies(t, g.addresses[0], "WAIT", "1", "1000") == "1" })
	}
	p.serving()
	replies(t, g.addresses[0], "SET", "key", "value")
	inStep()
	for i := range 3 {
		g.kill(1)
		g.start(1)
		// The primary may hear of the end late. Until then the secondary that was killed is in step.
		p.eventually("full sync", func() bool { return number(t, p.stats(), "replication_full_syncs") >= int64(2+i) })
		inStep()
	}
	stats := p.stats()
	if full, overruns := number(t, stats, "replication_full_syncs"), number(t, stats, "replication_log_overruns"); full < 4 || overruns != 0 {
		t.Errorf("restarts made %d full syncs and %d overruns", full, overruns)
	}

	fill := func() { // a log of 1 MB
		t.Helper()
		w, err := dialPeer(g.addresses[0])
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close() //nolint:errcheck // done with it
		for i := range 40 {
			if _, err := w.do("SET", fmt.Sprint("large:", i), strings.Repeat("v", 60_000)); err != nil {
				t.Fatal(err)
			}
		}
	}
	replies(t, g.addresses[0], "REPLICA", "PAUSE", "n1")
	fill()
	replies(t, g.addresses[0], "REPLICA", "RESUME", "n1")
	inStep()
	if got := number(t, p.stats(), "replication_log_overruns"); got != 1 {
		t.Errorf("a secondary that fell out of the log while it was connected counts as %d overruns", got)
	}
	g.nodes[1].signal(syscall.SIGSTOP)
	p.eventually("connection that is gone", func() bool {
		return strings.Contains(replies(t, g.addresses[0], "INFO", "replication"), "connected_slaves:0")
	})
	fill()
	g.nodes[1].signal(syscall.SIGCONT)
	inStep()
	if got := number(t, p.stats(), "replication_log_overruns"); got != 2 {
		t.Errorf("with one that fell out while it was away there are %d overruns, want 2", got)
	}
}
