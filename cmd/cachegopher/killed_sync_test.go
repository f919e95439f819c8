package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestKilledPrimaryPartialSync kills a primary while one secondary lacks writes that the other has. That one leads, and the
// other gets what it lacks, without a full sync. A third, which is ahead of the new primary, takes one.
func TestKilledPrimaryPartialSync(t *testing.T) {
	t.Parallel()
	g := newGroup(t, 3)
	for i := range g.nodes {
		g.start(i)
		g.nodes[i].serving()
	}
	g.inStep(0)
	written := 0
	for _, paused := range []string{"n2", "n1", ""} { // n2 gets the first 100 writes, n1 200, n3 all
		for range 100 {
			if got := replies(t, g.addresses[0], "SET", fmt.Sprint("key", written), "v"); got != "OK" {
				t.Fatal(got)
			}
			written++
		}
		g.nodes[0].eventually("secondaries that have it", func() bool {
			return size(t, g.addresses[3]) == fmt.Sprint(written) && (written > 200 || size(t, g.addresses[1]) == fmt.Sprint(written))
		})
		if written == 100 {
			g.nodes[0].eventually("n2 has 100 writes", func() bool { return size(t, g.addresses[2]) == "100" })
		}
		if paused != "" {
			if got := replies(t, g.addresses[0], "REPLICA", "PAUSE", paused); got != "OK" {
				t.Fatal(got)
			}
		}
	}
	g.kill(0)
	syncs := func(at int, kind string) int {
		return strings.Count(g.nodes[at].stdout.String(), "replication: "+kind+" sync {")
	}
	full, ahead := syncs(2, "full"), syncs(3, "full")
	if got := replies(t, g.addresses[1], "PROMOTE", "FORCE"); got != "OK" {
		t.Fatal(got)
	}
	for _, at := range []int{2, 3} {
		g.nodes[at].eventually("the writes of the new primary", func() bool { return size(t, g.addresses[at]) == "200" })
	}
	if replies(t, g.addresses[1], "SET", "after", "v") != "OK" || replies(t, g.addresses[1], "WAIT", "2", "30000") != "2" {
		t.Error("the secondaries do not follow")
	}
	if n := syncs(2, "full") - full; n != 0 {
		t.Errorf("the secondary that lacked 100 writes took %d full syncs", n)
	}
	if syncs(3, "full") == ahead {
		t.Error("the secondary that had 100 writes more than the primary took no full sync")
	}
}
