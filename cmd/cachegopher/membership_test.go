package main

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// changing is a group whose members change while it runs.
type changing struct {
	t         *testing.T
	addresses map[string]string
	folders   map[string]string
	nodes     map[string]*daemon
}

// config has the primary n0 and these secondaries.
func (g *changing) config(secondaries ...string) string {
	var ids, servers []string
	for _, id := range secondaries {
		ids = append(ids, fmt.Sprintf("%q", id))
		servers = append(servers, fmt.Sprintf(`, {"id": %q, "address": %q, "role": "secondary", "primary": "n0"}`, id, g.addresses[id]))
	}
	return fmt.Sprintf(`{%s, "servers": [{"id": "n0", "address": %q, "role": "primary", "secondaries": [%s]}%s]}`,
		groupSettings, g.addresses["n0"], strings.Join(ids, ","), strings.Join(servers, ""))
}

// give writes a config for all nodes, and makes those that run reload it. A node that it no longer has refuses it.
func (g *changing) give(text string) {
	g.t.Helper()
	for id, folder := range g.folders {
		write(g.t, folder, "cacheGopherConfig.json", text)
		if n := g.nodes[id]; n != nil {
			before := strings.Count(n.stdout.String(), "reloaded")
			n.signal(syscall.SIGHUP)
			n.eventually("reloaded", func() bool { return strings.Count(n.stdout.String(), "reloaded") > before })
		}
	}
}

func (g *changing) start(id string) {
	g.t.Helper()
	d := launch(g.t, g.folders[id], binary, "--server-id", id)
	d.address = g.addresses[id]
	g.nodes[id] = d
}

func (g *changing) stop(id string) {
	g.t.Helper()
	g.nodes[id].signal(syscall.SIGTERM)
	<-g.nodes[id].Ended()
	g.nodes[id] = nil
}

// inStep waits until the primary has exactly these secondaries, all in step.
func (g *changing) inStep(ids ...string) {
	g.t.Helper()
	w, err := dialPeer(g.addresses["n0"])
	if err != nil {
		g.t.Fatal(err)
	}
	defer w.Close() //nolint:errcheck // done with it
	g.nodes["n0"].eventually(fmt.Sprint(ids, " in step"), func() bool {
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
	g := &changing{t: t, addresses: map[string]string{}, folders: map[string]string{}, nodes: map[string]*daemon{}}
	for _, id := range []string{"n0", "n1", "n2"} {
		g.addresses[id], g.folders[id] = "127.0.0.1:"+freePort(t), t.TempDir()
	}
	g.give(g.config("n1"))
	g.start("n1")
	g.start("n0")
	g.nodes["n0"].serving()
	g.inStep("n1")
	c := g.nodes["n0"].dial()
	c.want("SET a 1", "OK")

	g.give(g.config("n1", "n2"))
	if log := g.nodes["n1"].stdout.String(); !strings.Contains(log, `reloaded: applied {"keys": "servers"}`) {
		t.Errorf("a secondary does not say that it took up the new member:\n%s", log)
	}
	g.start("n2")
	g.inStep("n1", "n2")
	g.nodes["n2"].eventually("key on the new secondary", func() bool { return g.nodes["n2"].dial().ask("GET a") == "1" })

	g.give(g.config("n2"))
	g.inStep("n2")
	g.stop("n1")
	c.want("SET b 2", "OK")

	g.stop("n2")
	g.addresses["n2"] = "127.0.0.1:" + freePort(t)
	g.give(g.config("n2"))
	g.start("n2")
	g.inStep("n2")
	g.nodes["n2"].eventually("key on the moved secondary", func() bool { return g.nodes["n2"].dial().ask("GET b") == "2" })

	swapped := strings.NewReplacer(`"id": "n0"`, `"id": "n2"`, `"id": "n2"`, `"id": "n0"`, g.addresses["n0"], g.addresses["n2"], g.addresses["n2"], g.addresses["n0"],
		`["n2"]`, `["n0"]`, `"primary": "n0"`, `"primary": "n2"`)
	g.give(swapped.Replace(g.config("n2"))) // roles count at once, too
	g.nodes["n0"].eventually("another primary", func() bool {
		return strings.Contains(replies(t, g.addresses["n2"], "INFO", "replication"), "role:master") &&
			strings.Contains(replies(t, g.addresses["n0"], "INFO", "replication"), "master_link_status:up")
	})
	for _, id := range []string{"n0", "n2"} {
		c := g.nodes[id].dial()
		c.want("GET a", "1")
		c.want("GET b", "2")
	}
}
