package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"testing"

	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/ring"
	"github.com/cachegopher/cachegopher/server"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/commands"
)

// movable are groups of two real nodes each, in the test's process, between which the test moves slots. The nodes of a group
// have one store, as if replication took no time: every read must see what has been acknowledged.
type movable struct {
	t       *testing.T
	groups  []*movableGroup
	owner   []uint16 // by slot
	version uint64   // of the assignment
}

type movableGroup struct {
	name  string
	store *lru.Cache
	nodes [2]movableNode // the primary first
}

type movableNode struct {
	*session.Node
	id, address string
	probe       net.Conn // see barrier
}

// newMovable starts the groups, which share the slots out evenly.
func newMovable(t *testing.T, groups int) *movable {
	m := &movable{t: t, version: 1, owner: make([]uint16, ring.Slots)}
	for g := range groups {
		store, err := lru.New(lru.Options{MaxMemory: 16 << 20})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { store.Close() })
		of := &movableGroup{name: string(rune('a' + g)), store: store}
		for i := range of.nodes {
			of.nodes[i] = of.start(t, i)
		}
		m.groups = append(m.groups, of)
	}
	for slot := range m.owner {
		m.owner[slot] = uint16(slot % groups)
	}
	for _, g := range m.groups {
		m.redirect(g, nil)
		m.tell(g)
	}
	return m
}

// start starts the group's node i.
func (g *movableGroup) start(t *testing.T, i int) movableNode {
	n := movableNode{id: g.name + strconv.Itoa(i)}
	n.Node = session.NewNode(session.Options{Commands: commands.All(), Dialects: commands.Dialects(), Store: g.store, ID: n.id})
	n.SetReadOnly(i > 0)
	srv, err := server.New(server.Options{Addresses: []string{"127.0.0.1:0"}, EventLoops: 1, Node: n.Node})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- srv.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	n.address = srv.Addrs()[0].String()
	if n.probe, err = net.Dial("tcp", n.address); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.probe.Close() })
	return n
}

// barrier returns once the node has executed every request that it had let pass before: it has one loop.
func (m *movable) barrier(n movableNode) {
	var answer [7]byte
	_, err := n.probe.Write([]byte("*1\r\n$4\r\nPING\r\n"))
	if err == nil {
		_, err = n.probe.Read(answer[:])
	}
	if err != nil {
		m.t.Error(err)
	}
}

// move moves slots from one group to another, as primaries do. The other groups are not told.
func (m *movable) move(slots *ring.SlotSet, from, to int) {
	giver, taker := m.groups[from], m.groups[to]
	giver.nodes[0].SetHeld(true)
	giver.nodes[0].SetReadOnly(true)
	m.redirect(giver, slots)
	m.barrier(giver.nodes[0]) // without replication SetReadOnly does not wait for a write that was allowed before
	giver.eachIn(slots, func(key []byte) {
		if value, ok := giver.store.Get(nil, key); ok {
			if err := taker.store.Set(key, value, 0); err != nil {
				m.t.Error(err)
			}
		}
	})
	m.version++
	for slot := range m.owner {
		if slots.Has(slot) {
			m.owner[slot] = uint16(to)
		}
	}
	m.redirect(taker, nil)
	m.redirect(giver, nil)
	giver.nodes[0].SetReadOnly(false)
	giver.nodes[0].SetHeld(false)
	m.tell(taker)
	m.tell(giver)
	for _, n := range giver.nodes {
		m.barrier(n)
	}
	giver.eachIn(slots, func(key []byte) { giver.store.Delete(key) })
}

// eachIn calls do with the group's keys in these slots.
func (g *movableGroup) eachIn(slots *ring.SlotSet, do func(key []byte)) {
	var keys [][]byte
	for key := range g.store.Keys() {
		if slots.HasKey(key) {
			keys = append(keys, slices.Clone(key))
		}
	}
	for _, key := range keys {
		do(key)
	}
}

// redirect makes the nodes of a group redirect requests by the present owners; suspended slots are nobody's.
func (m *movable) redirect(g *movableGroup, suspended *ring.SlotSet) {
	for _, n := range g.nodes {
		groups := make([]session.ClusterGroup, len(m.groups))
		for i, of := range m.groups {
			groups[i] = session.ClusterGroup{Name: of.name, Epoch: 1}
			for _, n := range of.nodes {
				_, port, _ := net.SplitHostPort(n.address)
				number, _ := strconv.Atoi(port)
				groups[i].Members = append(groups[i].Members, session.ClusterMember{ID: n.id, Plain: session.Endpoint{Host: "127.0.0.1", Port: number}})
			}
		}
		c := session.NewCluster(n.id, groups, slices.Clone(m.owner))
		c.Stored = true
		if suspended != nil {
			c.Suspended = *suspended
		}
		n.SetCluster(c)
	}
}

// tell tells the nodes of a group the present topology, which they push.
func (m *movable) tell(g *movableGroup) {
	is, names := &topology.Topology{Version: 1}, make([]string, ring.Slots)
	for _, of := range m.groups {
		is.Groups = append(is.Groups, topology.Group{Name: of.name, Epoch: 1, Leader: of.nodes[0].id, Followers: []string{of.nodes[1].id}})
		for _, n := range of.nodes {
			is.Servers = append(is.Servers, topology.Server{ID: n.id, Group: of.name, Addresses: []string{n.address}})
		}
	}
	for slot, at := range m.owner {
		names[slot] = m.groups[at].name
	}
	is.Slots = topology.NewSlots(m.version, names)
	document, err := json.Marshal(is)
	if err != nil {
		m.t.Error(err)
	}
	for _, n := range g.nodes {
		n.SetTopology(document)
	}
}

// client returns a client that knows the present topology.
func (m *movable) client(opts ...Option) *Client {
	c, err := New(append([]Option{WithSeeds(m.groups[0].nodes[0].address), WithReadTimeout(time30)}, opts...)...)
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { c.Close() })
	ready(m.t, c)
	return c
}

// owned are a worker's keys, which nobody else writes, with their values and the counters among them.
type owned struct {
	keys     []string
	values   map[string]string // of the keys that exist
	counters map[string]int64
	next     int
}

func newOwned(worker, n int) *owned {
	o := &owned{values: map[string]string{}, counters: map[string]int64{}}
	for i := range n {
		o.keys = append(o.keys, fmt.Sprintf("w%d-%d", worker, i))
	}
	return o
}

// value returns a value that the key never had.
func (o *owned) value(key string) []byte {
	o.next++
	o.values[key] = fmt.Sprint("v", o.next)
	return []byte(o.values[key])
}

// check returns an error unless a read of the key has returned what is there.
func (o *owned) check(key string, value []byte, err error) error {
	want, there := o.values[key]
	switch {
	case errors.Is(err, ErrNotFound) && !there:
		return nil
	case err != nil:
		return fmt.Errorf("%s, which is %q: %w", key, want, err)
	case !there || string(value) != want:
		return fmt.Errorf("%s is %q, want %q", key, value, want)
	}
	return nil
}
