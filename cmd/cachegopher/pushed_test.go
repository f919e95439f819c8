package main

import (
	"fmt"
	"testing"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/testkit"
)

// idle is a client that sends no requests: it learns of changes of primary by pushes alone.
type idle struct {
	t *testing.T
	g *group
	c *client.Client
}

// connected waits until the client has a connection to each of the group's running nodes.
func (i idle) connected() {
	i.t.Helper()
	testkit.Eventually(i.t, "connections to all running nodes", func() bool {
		for _, n := range i.c.Nodes() {
			running := false
			for at, d := range i.g.nodes {
				running = running || d != nil && n.ID == fmt.Sprint("n", at)
			}
			if running != (n.Conns > 0) {
				return false
			}
		}
		return true
	})
}

// learns waits until the client sends writes to node at, and then sends one.
func (i idle) learns(at int, from string) {
	i.t.Helper()
	testkit.Eventually(i.t, fmt.Sprintf("n%d, pushed by %s", at, from), func() bool {
		for _, n := range i.c.Nodes() {
			if n.Primary {
				return n.ID == fmt.Sprint("n", at)
			}
		}
		return false
	})
	if err := i.c.Set(testkit.Within(i.t, patience), "k", []byte("v")); err != nil {
		i.t.Errorf("a write to n%d: %v", at, err)
	}
}

// TestPushesOutliveTheirSender kills nodes that push changes of primary to an idle client: its seed, which leads; then a
// secondary; then the primary again. After each death the primary changes, and the client learns that from the others.
func TestPushesOutliveTheirSender(t *testing.T) {
	t.Parallel()
	g := directGroup(t, 2, groupSettings)
	g.startAll()
	g.inStep(0)
	c, err := client.New(client.WithSeeds(g.addresses[0]), client.WithConnsPerNode(1))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // it returns none
	i := idle{t, g, c}
	promote := func(at int, words ...string) {
		t.Helper()
		g.nodes[at].eventually("PROMOTE", func() bool { return replies(t, g.addresses[at], append([]string{"PROMOTE"}, words...)...) == "OK" })
	}
	i.connected()
	g.kill(0)
	promote(1, "FORCE")
	i.learns(1, "n1 or n2")

	g.start(0)
	g.inStep(1)
	i.connected()
	g.kill(2)
	promote(0)
	i.learns(0, "n0 or n1")

	g.start(2)
	g.inStep(0)
	i.connected()
	g.kill(0)
	promote(2, "FORCE")
	i.learns(2, "n1 or n2")
}
