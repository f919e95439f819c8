package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/etcdtest"
)

// TestJoinGroups: the first node of a cluster founds its group. Another one joins it, and founds a group only if it is told
// to: a mistyped group is refused.
func TestJoinGroups(t *testing.T) {
	t.Parallel()
	etcd := etcdtest.Start(t)
	join := func(id, group string, more ...string) *daemon {
		address := "127.0.0.1:" + freePort(t)
		args := []string{binary, "--join", "--etcd", etcd.Endpoint, "--server-id", id, "--group", group, "--address", address, "--max-memory", "64MB"}
		d := launch(t, t.TempDir(), append(args, more...)...)
		d.address = address
		return d
	}
	leads := func(d *daemon) func() bool {
		return func() bool { return strings.Contains(replies(t, d.address, "INFO", "replication"), "role:master") }
	}
	first := join("a1", "a")
	first.serving()
	if log := first.stdout.String(); strings.Contains(log, `"role": "primary"`) && !strings.Contains(log, "this node leads") {
		t.Errorf("it says that it is a primary before it is:\n%s", log)
	}
	first.eventually("it leads", leads(first))
	wrong := join("b1", "b")
	if status := wrong.ended(patience); status != exitFailed {
		t.Errorf("a node of a mistyped group ends with status %d", status)
	}
	if log := wrong.stdout.String(); !strings.Contains(log, "there is no group b in the cluster main, which has a: correct --group, or add --new-group") {
		t.Errorf("it does not say why:\n%s", log)
	}
	second := join("a2", "a")
	second.serving()
	second.eventually("it follows", func() bool {
		return strings.Contains(replies(t, second.address, "INFO", "replication"), "master_link_status:up")
	})
	third := join("b1", "b", "--new-group")
	third.serving()
	third.eventually("it leads", leads(third))
	third.eventually("two groups", func() bool { return strings.Contains(replies(t, third.address, "TOPOLOGY"), "a1") })
}

// TestTwin: a node with the id of a running one answers no reads from its empty store, says why, and serves once the id is free.
func TestTwin(t *testing.T) {
	t.Parallel()
	g := startCoordinated(t)
	p := asked(t, nil, g.addresses[0])
	if _, err := p.do("SET", "k", "v"); err != nil {
		t.Fatal(err)
	}
	address := "127.0.0.1:" + freePort(t)
	twin := launch(t, g.folders[1], binary, "--server-id", "n1", "--address", address)
	twin.address = address
	twin.eventually("it says why", func() bool { return strings.Contains(twin.stdout.String(), "another running node of this id") })
	c := asked(t, nil, address)
	if got, err := c.do("GET", "k"); err == nil || !strings.Contains(err.Error(), "LOADING") {
		t.Errorf("it replies %v, %v; want LOADING", got, err)
	}
	g.nodes[1].Kill()
	twin.eventually("it has the data", func() bool {
		got, err := c.do("GET", "k")
		return err == nil && fmt.Sprint(got) == "v"
	})
}
