package client

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/internal/topology"
)

// fakeGroup are nodes of one group that reply to TOPOLOGY.
type fakeGroup struct {
	nodes []*fakeNode
	says  atomic.Pointer[string] // the reply to TOPOLOGY
}

func newFakeGroup(t *testing.T, version uint64) *fakeGroup {
	t.Helper()
	return newFakeGroupOf(t, version, newFake(t), newFake(t))
}

func newFakeGroupOf(t *testing.T, version uint64, nodes ...*fakeNode) *fakeGroup {
	t.Helper()
	g := &fakeGroup{nodes: nodes}
	g.lead(version, 1, 0)
	for _, f := range g.nodes {
		f.setPlan(func(_ int, args []string) act {
			switch args[0] {
			case "HELLO": // as a node that knows TOPOLOGY
				return act{reply: "%2\r\n" + bulk("server") + bulk("redis") + bulk("role") + bulk(f.role)}
			case "TOPOLOGY":
				return act{reply: bulk(*g.says.Load())}
			}
			return act{}
		})
	}
	return g
}

// lead makes nodes[at] the primary in the topology of all nodes. With at < 0 the topology names nodes[0], but no node accepts writes.
func (g *fakeGroup) lead(version, epoch uint64, at int) {
	is := topology.Topology{Version: version, Groups: []topology.Group{{Name: "g", Epoch: epoch}}}
	for i, f := range g.nodes {
		is.Servers = append(is.Servers, topology.Server{ID: fmt.Sprint("n", i), Group: "g", Addresses: []string{f.addr}})
		if i == max(at, 0) {
			is.Groups[0].Leader = is.Servers[i].ID
		} else {
			is.Groups[0].Followers = append(is.Groups[0].Followers, is.Servers[i].ID)
		}
		f.mu.Lock()
		if f.role = "replica"; i == at {
			f.role = "master"
		}
		f.mu.Unlock()
	}
	text, err := json.Marshal(&is)
	if err != nil {
		panic(err)
	}
	s := string(text)
	g.says.Store(&s)
}

// push sends the topology on every connection, as a push message.
func (g *fakeGroup) push() {
	for _, f := range g.nodes {
		f.mu.Lock()
		for nc := range f.conns {
			fmt.Fprintf(nc, ">2\r\n%s%s", bulk("topology"), bulk(*g.says.Load()))
		}
		f.mu.Unlock()
	}
}

func (g *fakeGroup) client(t *testing.T, seeds ...string) *Client {
	t.Helper()
	c, err := New(WithSeeds(seeds...), WithConnsPerNode(1), WithReadTimeout(2*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	ready(t, c)
	return c
}

// TestSeeds makes clients with seeds that are down, that do not know TOPOLOGY, and that are up.
func TestSeeds(t *testing.T) {
	g, wrong := newFakeGroup(t, 0), newFake(t)
	down := testkit.Nobody(t)
	c := g.client(t, down, wrong.addr, g.nodes[1].addr)
	if err := c.Set(t.Context(), "k", []byte("v")); err != nil {
		t.Error(err)
	}
	if got := c.Nodes(); len(got) != 2 || !got[0].Primary || got[0].ID != "n0" {
		t.Errorf("nodes %+v", got)
	}
	for says, seeds := range map[string][]string{
		"no seeds": nil, "seed " + down: {down}, "does not know the command TOPOLOGY": {wrong.addr, down}, "seed nowhere": {"nowhere"},
	} {
		if c, err := New(WithSeeds(seeds...)); err == nil {
			c.Close()
			t.Errorf("seeds %q make a client", seeds)
		} else if !strings.Contains(err.Error(), says) {
			t.Errorf("seeds %q: %v, want %q", seeds, err, says)
		}
	}
	later := g.nodes[0]
	later.stop()
	if c, err := New(WithSeeds(later.addr)); err == nil {
		c.Close()
		t.Error("a seed that is down makes a client")
	}
	later.restart()
	g.client(t, later.addr)
}

// TestPushToIdleClient: an idle client learns of a change by the push, and its next write goes to the new primary.
func TestPushToIdleClient(t *testing.T) {
	g := newFakeGroup(t, 0)
	c := g.client(t, g.nodes[0].addr)
	g.lead(0, 2, 1)
	asked := g.nodes[0].count("TOPOLOGY") + g.nodes[1].count("TOPOLOGY")
	g.push()
	testkit.Eventually(t, "the idle client has read the push", func() bool { return c.Nodes()[1].Primary })
	if n := g.nodes[0].count("TOPOLOGY") + g.nodes[1].count("TOPOLOGY"); n != asked {
		t.Errorf("it asked %d times", n-asked)
	}
	if err := c.Set(t.Context(), "k", []byte("v")); err != nil || g.nodes[0].count("SET") > 0 {
		t.Errorf("the first write: %v, the old primary was asked %d times", err, g.nodes[0].count("SET"))
	}
}

// TestWriteWaitsForThePrimary: a write waits while the group has no primary and goes to the next one, once; it waits no
// longer than its deadline.
func TestWriteWaitsForThePrimary(t *testing.T) {
	for _, x := range []struct {
		name    string
		version uint64
		leave   func(g *fakeGroup)
	}{
		{"READONLY of every member", 0, func(g *fakeGroup) { g.lead(0, 1, -1) }},
		{"a dead primary, with elections", 1, func(g *fakeGroup) { g.nodes[0].stop() }},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			g := newFakeGroup(t, x.version)
			c := g.client(t, g.nodes[1].addr)
			x.leave(g)
			short, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
			defer cancel()
			began := time.Now()
			if err := c.Set(short, "early", []byte("v")); err == nil {
				t.Error("a write succeeded without a primary")
			} else if took := time.Since(began); took < 100*time.Millisecond {
				t.Errorf("a write gave up after %v: %v", took, err)
			}
			before := g.nodes[1].count("INCRBY")
			time.AfterFunc(200*time.Millisecond, func() { g.lead(x.version, 2, 1) })
			if n, err := c.Incr(testkit.Within(t, 5*time.Second), "n", 1); err != nil || n != 1 {
				t.Errorf("the write that waited: %d, %v", n, err)
			}
			if got, _ := g.nodes[1].get("n"); got != "1" {
				t.Errorf("the new primary has %q after %d requests", got, g.nodes[1].count("INCRBY")-before)
			}
		})
	}
}

// TestNoWaitWithoutElections: a write does not wait for another primary where none is elected.
func TestNoWaitWithoutElections(t *testing.T) {
	g := newFakeGroup(t, 0)
	c := g.client(t, g.nodes[1].addr)
	g.nodes[0].stop()
	began := time.Now()
	err := c.Set(testkit.Within(t, 10*time.Second), "k", []byte("v"))
	wantErr(t, err, "", ErrUnavailable)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}
