package main

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// changing is a group whose members change while it runs.
type changing struct{ *group }

// give writes a config with the primary n0 and these secondaries for all nodes.
func (g *changing) give(secondaries ...int) {
	g.t.Helper()
	all := g.Members(1)
	members := all[:1]
	for _, i := range secondaries {
		members = append(members, all[i])
	}
	nodeprocess.Lead(members, 0)
	g.group.give(members)
	g.reload()
}

// reload makes the nodes that run read their configs. A node that its config no longer has refuses it.
func (g *changing) reload() {
	g.t.Helper()
	for _, n := range g.nodes {
		if n != nil {
			before := strings.Count(n.stdout.String(), "reloaded")
			n.signal(syscall.SIGHUP)
			n.eventually("reloaded", func() bool { return strings.Count(n.stdout.String(), "reloaded") > before })
		}
	}
}

func (g *changing) stop(i int) {
	g.t.Helper()
	g.nodes[i].signal(syscall.SIGTERM)
	<-g.nodes[i].Ended()
	g.nodes[i] = nil
}

// inStep waits until the primary has exactly these secondaries, all in step.
func (g *changing) inStep(ids ...string) {
	g.t.Helper()
	w, err := dialPeer(g.addresses[0])
	if err != nil {
		g.t.Fatal(err)
	}
	defer w.Close() //nolint:errcheck // done with it
	g.nodes[0].eventually(fmt.Sprint(ids, " in step"), func() bool {
		got, err := w.do("INFO", "replication")
		info := fmt.Sprint(got)
		for _, id := range ids {
			if !strings.Contains(info, "state=online") || !strings.Contains(info, ",id="+id+",") {
				return false
			}
		}
		return err == nil && strings.Count(info, "state=online") == len(ids) && strings.Contains(info, fmt.Sprintf("configured_slaves:%d\r", len(ids)))
	})
}

// TestMembersChange adds a secondary to a running group, removes one and moves one to another address. The primary only
// reloads its config.
func TestMembersChange(t *testing.T) {
	t.Parallel()
	g := &changing{directGroup(t, 2, groupSettings)}
	g.give(1)
	g.start(1)
	g.start(0)
	g.nodes[0].serving()
	g.inStep("n1")
	c := g.nodes[0].dial()
	c.want("SET a 1", "OK")

	g.give(1, 2)
	if log := g.nodes[1].stdout.String(); !strings.Contains(log, `reloaded: applied {"keys": "servers"}`) {
		t.Errorf("a secondary does not say that it took up the new member:\n%s", log)
	}
	g.start(2)
	g.inStep("n1", "n2")
	g.nodes[2].eventually("key on the new secondary", func() bool { return g.nodes[2].dial().ask("GET a") == "1" })

	g.give(2)
	g.inStep("n2")
	g.stop(1)
	c.want("SET b 2", "OK")

	g.stop(2)
	g.addresses[2] = freeAddress(t)
	g.Nodes[2].Address = g.addresses[2]
	g.give(2)
	g.start(2)
	g.inStep("n2")
	g.nodes[2].eventually("key on the moved secondary", func() bool { return g.nodes[2].dial().ask("GET b") == "2" })

	swapped := g.Members(1)
	swapped = []nodeprocess.Member{swapped[0], swapped[2]}
	nodeprocess.Lead(swapped, 1)
	g.group.give(swapped) // roles take effect at once, too
	g.reload()
	g.nodes[0].eventually("another primary", func() bool {
		return strings.Contains(replies(t, g.addresses[2], "INFO", "replication"), "role:master") &&
			strings.Contains(replies(t, g.addresses[0], "INFO", "replication"), "master_link_status:up")
	})
	for _, i := range []int{0, 2} {
		c := g.nodes[i].dial()
		c.want("GET a", "1")
		c.want("GET b", "2")
	}
}
