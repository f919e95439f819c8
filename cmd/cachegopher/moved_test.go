package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// edit changes the configs of all nodes.
func (g *group) edit(change func(string) string) {
	g.t.Helper()
	for _, folder := range g.folders {
		data, err := os.ReadFile(filepath.Join(folder, "cacheGopherConfig.json"))
		if err != nil {
			g.t.Fatal(err)
		}
		write(g.t, folder, "cacheGopherConfig.json", change(string(data)))
	}
}

// TestMovedPrimary restarts a group node by node with a config that has another primary, the new primary first, while
// the old one still leads. The group keeps its data.
func TestMovedPrimary(t *testing.T) {
	t.Parallel()
	g := runningGroup(t, 2, nil)
	c := g.nodes[0].dial()
	for i := range 300 {
		c.want(fmt.Sprintf("SET key%d value%d", i, i), "OK")
	}
	g.inStep(0)
	g.lead(1)
	for _, i := range []int{1, 0, 2} {
		g.kill(i)
		g.start(i)
		g.nodes[i].serving()
		if n := replies(t, g.addresses[1], "DBSIZE"); n != "300" {
			t.Errorf("the new primary has %s entries after n%d was restarted", n, i)
		}
	}
	g.inStep(1)
	for _, a := range g.addresses {
		if n := replies(t, a, "DBSIZE"); n != "300" {
			t.Errorf("%s has %s entries", a, n)
		}
	}
}
