package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestMovedPrimary gives a group another primary by a changed config, node by node, the new primary first while
// the old one still is one. What the group held stays.
func TestMovedPrimary(t *testing.T) {
	t.Parallel()
	g := newGroup(t, 2)
	for i := range g.nodes {
		g.start(i)
		g.nodes[i].serving()
	}
	c := g.nodes[0].dial()
	for i := range 300 {
		c.want(fmt.Sprintf("SET key%d value%d", i, i), "OK")
	}
	g.nodes[0].eventually("two secondaries that have it all", func() bool { return replies(t, g.addresses[0], "WAIT", "2", "1000") == "2" })
	var servers []string
	for i, a := range g.addresses {
		role := `"role": "secondary", "primary": "n1"`
		if i == 1 {
			role = `"role": "primary", "secondaries": ["n0", "n2"]`
		}
		servers = append(servers, fmt.Sprintf(`{"id": "n%d", "address": %q, %s}`, i, a, role))
	}
	for _, folder := range g.folders {
		write(t, folder, "cacheGopherConfig.json", fmt.Sprintf(`{%s, "servers": [%s]}`, groupSettings, strings.Join(servers, ",\n")))
	}
	for _, i := range []int{1, 0, 2} {
		g.kill(i)
		g.start(i)
		g.nodes[i].serving()
		if n := replies(t, g.addresses[1], "DBSIZE"); n != "300" {
			t.Errorf("the new primary has %s entries after n%d was restarted", n, i)
		}
	}
	g.nodes[1].eventually("two secondaries that have it all", func() bool { return replies(t, g.addresses[1], "WAIT", "2", "1000") == "2" })
	for _, a := range g.addresses {
		if n := replies(t, a, "DBSIZE"); n != "300" {
			t.Errorf("%s has %s entries", a, n)
		}
	}
}
