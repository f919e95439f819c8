package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/netfault"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/internal/wire"
)

// group is a primary and its secondaries, each a process. The primary connects to each secondary through
// a proxy, if there are proxies.
type group struct {
	*nodeprocess.Group
	t         *testing.T
	addresses []string
	proxies   []*netfault.Proxy // of the secondaries
	folders   []string
	nodes     []*daemon // nil: does not run
}

// groupSettings make nodes recover from faults fast; the small log makes full syncs common.
var groupSettings = map[string]any{"common": map[string]any{
	"max_memory": "200MB", "replication_heartbeat": "200ms", "replication_log": "1MB", "recover_timeout": 10,
}}

// newGroup prepares a group with proxies.
func newGroup(t *testing.T, secondaries int) *group {
	t.Helper()
	g := directGroup(t, secondaries, groupSettings)
	for i, n := range g.Nodes[1:] {
		p := newProxy(t, n.Address, uint64(i))
		g.proxies, n.Via = append(g.proxies, p), p.Address
		p.Shut() // nothing listens behind it yet, so it refuses connections as the node's own port would
	}
	write(t, g.folders[0], "cacheGopherConfig.json", g.config(0))
	return g
}

// directGroup prepares a group without proxies, with these sections in its configs.
func directGroup(t *testing.T, secondaries int, sections map[string]any) *group {
	t.Helper()
	of, err := nodeprocess.New(nodeprocess.Options{Program: binary, Folder: t.TempDir(), Secondaries: secondaries, Sections: sections})
	if err != nil {
		t.Fatal(err)
	}
	g := &group{Group: of, t: t, nodes: make([]*daemon, 1+secondaries)}
	for _, n := range of.Nodes {
		g.addresses, g.folders = append(g.addresses, n.Address), append(g.folders, n.Folder)
	}
	g.lead(0)
	return g
}

// lead gives all nodes a config with this primary. Those that run go on until they are restarted or reload it.
func (g *group) lead(primary int) {
	g.t.Helper()
	members := g.Members(1)
	nodeprocess.Lead(members, primary)
	g.give(members)
}

// give gives all nodes a config with these members.
func (g *group) give(members []nodeprocess.Member) {
	g.t.Helper()
	for _, n := range g.Nodes {
		if err := nodeprocess.WriteConfig(n.Config, members, g.Sections); err != nil {
			g.t.Fatal(err)
		}
	}
}

// config is the text of a node's config.
func (g *group) config(of int) string {
	g.t.Helper()
	text, err := nodeprocess.Config(g.Members(of), g.Sections)
	if err != nil {
		g.t.Fatal(err)
	}
	return string(text)
}

// runningGroup starts a group with proxies, with configs changed by edit, and waits until its nodes serve.
func runningGroup(t *testing.T, secondaries int, edit func(folder, config string) string) *group {
	t.Helper()
	g := newGroup(t, secondaries)
	for i, folder := range g.folders {
		if edit != nil {
			write(t, folder, "cacheGopherConfig.json", edit(folder, g.config(i)))
		}
	}
	g.startAll()
	return g
}

// adds puts a section into a config.
func adds(section string) func(config string) string {
	return func(config string) string { return strings.Replace(config, "{", "{"+section+",\n", 1) }
}

// addsCommon puts a key into the section "common" of a config.
func addsCommon(key string) func(config string) string {
	return func(config string) string { return strings.Replace(config, `"common": {`, `"common": {`+key+`,`, 1) }
}

// startAll starts all nodes and waits until they serve.
func (g *group) startAll() {
	g.t.Helper()
	for i := range g.nodes {
		g.start(i)
	}
	for _, n := range g.nodes {
		n.serving()
	}
}

// start starts a node that does not run. It does not wait until it serves.
func (g *group) start(i int, flags ...string) {
	g.t.Helper()
	d := launch(g.t, g.folders[i], append([]string{binary, "--server-id", fmt.Sprint("n", i)}, flags...)...)
	d.address = g.addresses[i]
	g.nodes[i], g.Nodes[i].Process = d, d.Process
	if i > 0 && g.proxies != nil {
		if err := g.proxies[i-1].Open(); err != nil {
			g.t.Fatal(err)
		}
	}
}

// kill ends a node at once.
func (g *group) kill(i int) {
	d := g.nodes[i]
	if i > 0 && g.proxies != nil {
		g.proxies[i-1].Shut()
	}
	d.Kill()
	g.nodes[i] = nil
}

// peer is a RESP connection that returns errors instead of failing.
type peer struct{ *nodeprocess.Conn }

func dialPeer(address string) (*peer, error) {
	c, err := nodeprocess.Dial(context.Background(), address)
	if err != nil {
		return nil, err
	}
	return &peer{c}, nil
}

// do sends a command and reads its reply: a string, nil for null, or []any.
func (w *peer) do(args ...string) (any, error) { return w.within(patience/3, args...) }

// within is do with a limit of time.
func (w *peer) within(limit time.Duration, args ...string) (any, error) {
	r, err := w.Do(limit, args...)
	if err != nil {
		return nil, err
	}
	return plain(r), nil
}

func plain(r wire.Reply) any {
	switch {
	case r.Null:
		return nil
	case r.Kind != '*':
		return r.Text
	}
	all := make([]any, len(r.Elems))
	for i, e := range r.Elems {
		all[i] = plain(e)
	}
	return all
}

// equal waits until all nodes have the same data, and returns it.
func (g *group) equal() map[string]string {
	g.t.Helper()
	var all map[string]string
	testkit.EventuallyNil(g.t, "all nodes have the same data", func() (err error) {
		all, err = nodeprocess.Equal(g.t.Context(), g.addresses[0], g.addresses[1:]...)
		return err
	})
	return all
}
