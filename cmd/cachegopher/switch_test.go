package main

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/epochs"
	"github.com/cachegopher/cachegopher/internal/info"
)

// switchTo makes node i the primary by SIGHUP, in the right order: the old primary follows first.
func (g *group) switchTo(i, old int, change func(string) string) {
	g.t.Helper()
	g.lead(i)
	g.edit(change)
	g.hup(old)
	g.nodes[old].eventually("a secondary", func() bool {
		return strings.Contains(replies(g.t, g.addresses[old], "INFO", "replication"), "role:slave")
	})
	g.hup(i)
	for at := range g.nodes {
		if at != i && at != old {
			g.hup(at)
		}
	}
}

// hup makes a node read its config, and waits until it has.
func (g *group) hup(i int) {
	g.t.Helper()
	n := g.nodes[i]
	before := strings.Count(n.stdout.String(), "reloaded: applied")
	n.signal(syscall.SIGHUP)
	n.eventually("reloaded", func() bool { return strings.Count(n.stdout.String(), "reloaded: applied") > before })
}

// calmGroup starts a group that nothing disturbs. It is in step when calmGroup returns.
func calmGroup(t *testing.T, secondaries int) *group {
	t.Helper()
	g := newGroup(t, secondaries)
	g.edit(calm)
	for i := range g.nodes {
		g.start(i)
	}
	g.nodes[0].serving()
	g.inStep(0)
	return g
}

// inStep waits until all secondaries of node i have everything.
func (g *group) inStep(i int) {
	g.t.Helper()
	others := fmt.Sprint(len(g.nodes) - 1)
	g.nodes[i].eventually("group in step", func() bool { return replies(g.t, g.addresses[i], "WAIT", others, "1000") == others })
}

// TestSwitchPrimary makes the two nodes of a group change places four times, by SIGHUP, while a client writes 200 keys a
// second to whichever takes them. Nothing that was acknowledged is lost, and nothing is restarted.
func TestSwitchPrimary(t *testing.T) {
	t.Parallel()
	g := calmGroup(t, 1)
	runs := []string{runOf(t, g.addresses[0]), runOf(t, g.addresses[1])}
	w := startWriter(nil, g.addresses[0], g.addresses[1])
	var longest time.Duration
	for n := range 4 {
		from, to := n%2, 1-n%2
		w.more(t, 100)
		g.inStep(from)
		waiting := asked(t, nil, g.addresses[from])
		began := time.Now()
		g.switchTo(to, from, calm)
		g.nodes[to].eventually("a primary", func() bool { return strings.Contains(replies(t, g.addresses[to], "ROLE"), "master") })
		longest = max(longest, time.Since(began))
		if _, err := waiting.do("SET", "x", "y"); err == nil || !strings.Contains(err.Error(), "READONLY") {
			t.Errorf("a write to the old primary: %v", err)
		}
		g.inStep(to)
	}
	w.more(t, 100)
	acked := w.end()
	g.inStep(0)
	t.Logf("%d writes, %d acknowledged; the longest change took %v", w.tried, len(acked), longest)
	for i, a := range g.addresses {
		hasAll(t, asked(t, nil, a), acked)
		if now := runOf(t, a); now != runs[i] {
			t.Errorf("n%d was restarted", i)
		}
		log := g.nodes[i].stdout.String()
		if strings.Contains(log, "did not confirm the last writes") {
			t.Errorf("n%d gave writes up:\n%s", i, log)
		}
		if n := strings.Count(log, "full sync done"); n > 1 {
			t.Errorf("n%d took %d full syncs: only the first is needed", i, n)
		}
	}
	g.equal()
}

// runOf returns a value that differs for each start of a node.
func runOf(t *testing.T, address string) string {
	t.Helper()
	id, ok := info.Parse(replies(t, address, "INFO", "server"))["run_id"]
	if !ok {
		t.Fatal("no run_id")
	}
	return id
}

// TestSwitchWakesWaiters checks that a client in WAIT is answered when its node stops being the primary.
func TestSwitchWakesWaiters(t *testing.T) {
	t.Parallel()
	g := calmGroup(t, 1)
	c := asked(t, nil, g.addresses[0])
	ended := make(chan error, 1)
	go func() {
		_, err := c.do("WAIT", "2", "0") // there is one secondary, so this waits
		ended <- err
	}()
	g.nodes[0].eventually("a client that waits", func() bool { return strings.Contains(replies(t, g.addresses[0], "CLIENT", "LIST"), "cmd=wait") })
	g.switchTo(1, 0, calm)
	if err := <-ended; err == nil || !strings.Contains(fmt.Sprint(err), "UNBLOCKED") {
		t.Errorf("WAIT ended with %v", err)
	}
}

// TestReloadAfterPromote reloads configs that name another primary than at the nodes' start: first the one that leads since
// PROMOTE, then one that does not. The leader goes on leading, and its secondaries follow it.
func TestReloadAfterPromote(t *testing.T) {
	t.Parallel()
	g := calmGroup(t, 2)
	follow := func(leader int, group string) {
		t.Helper()
		g.inStep(leader)
		for i, a := range g.addresses {
			if got, want := replies(t, a, "TOPOLOGY"), fmt.Sprintf(`"groups":[{"id":%q,"epoch":%d,"primary":"n%d"`, group, epochs.Next(0, "n1"), leader); !strings.Contains(got, want) {
				t.Errorf("n%d: %s; want %s", i, got, want)
			}
		}
	}
	g.becomes(1)
	follow(1, "n0")
	for _, named := range []int{1, 2} {
		g.lead(named)
		g.edit(calm)
		for _, i := range []int{2, 1, 0} {
			g.hup(i)
		}
		if got := replies(t, g.addresses[1], "SET", "k", fmt.Sprint("named ", named)); got != "OK" {
			t.Errorf("a write to the primary: %s", got)
		}
		follow(1, fmt.Sprint("n", named))
	}
	if got := replies(t, g.addresses[1], "INFO", "replication"); !strings.Contains(got, fmt.Sprintf("epoch=%d,from=n0,to=n1", epochs.Next(0, "n1"))) {
		t.Errorf("the change is not shown any more: %s", got)
	}
}
