package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/ring"
)

// whereLinger is how long WHERE waits for further nodes after a member of the key's group has answered.
const whereLinger = 300 * time.Millisecond

// whereResult is where a key belongs.
type whereResult struct {
	Key     any           `json:"key"`
	Slot    int           `json:"slot"`
	Group   string        `json:"group"`
	Members []whereMember `json:"members"` // the primary first
	Source  string        `json:"source"`  // of group and roles: nodes, or config if no node answered
}

type whereMember struct {
	Node    string `json:"node"`
	Address string `json:"address"`
	Role    string `json:"role"`
}

func cmdWhere(ctx context.Context, s *session, args []string) (result, error) {
	key := args[1]
	w := &whereResult{Key: jsonText(key), Slot: ring.Slot(key), Source: "nodes"}
	t := topologyOf(s.layout)
	g, err := groupOfSlot(t, w.Slot)
	if err != nil {
		return nil, err
	}
	known, err := s.known(ctx, g.Name)
	switch {
	case err != nil:
		w.Source = "config"
		if !s.out.json {
			fmt.Fprintf(s.errs, "the roles are those of %s, since no node answered: %s\n", s.source, say(err)) //nolint:errcheck // only a note
		}
	case known.Version > 0 || !s.listed:
		t = known // it has all servers
	default:
		t = withLeaders(t, known)
	}
	if g, err = groupOfSlot(t, w.Slot); err != nil {
		return nil, err
	}
	w.Group = g.Name
	for i, id := range g.Members() {
		role := "secondary"
		if i == 0 {
			role = "primary"
		}
		server, _ := t.Server(id)
		w.Members = append(w.Members, whereMember{id, server.Addresses[0], role})
	}
	return w, nil
}

// known returns the topology that the nodes know together. It waits for all nodes, or for whereLinger after a member of
// the group, of any group if it is empty, has answered.
func (s *session) known(ctx context.Context, group string) (*topology.Topology, error) {
	c, err := s.open(s.layout, s.as)
	if err != nil {
		return nil, err
	}
	defer c.Close() //nolint:errcheck // it returns none
	ctx, cancel := s.within(ctx)
	defer cancel()
	nodes := c.Nodes()
	answers := make(chan nodeAnswer, len(nodes))
	for _, n := range nodes {
		go func() {
			v, err := c.DoNode(ctx, n.ID, "TOPOLOGY")
			answers <- nodeAnswer{n, v, err}
		}()
	}
	var (
		got  []nodeAnswer
		stop <-chan time.Time
	)
	for len(got) < len(nodes) {
		select {
		case a := <-answers:
			got = append(got, a)
			if stop == nil && a.err == nil && (a.node.Group == group || group == "") {
				stop = time.After(whereLinger)
			}
		case <-stop:
			return mergeTopologies(got)
		}
	}
	return mergeTopologies(got)
}

// topologyOf returns the topology of a config, in which the first member of each group leads.
func topologyOf(cfg client.Config) *topology.Topology {
	t := &topology.Topology{}
	for _, g := range cfg.Groups {
		group := topology.Group{Name: g.ID, Weight: int64(g.Weight), Leader: g.Members[0].ID}
		for i, m := range g.Members {
			t.Servers = append(t.Servers, topology.Server{ID: m.ID, Group: g.ID, Addresses: m.Addresses(), TLSAddress: m.TLSAddress, Zone: m.Zone})
			if i > 0 {
				group.Followers = append(group.Followers, m.ID)
			}
		}
		t.Groups = append(t.Groups, group)
	}
	return t
}

// withLeaders returns t with the leaders that known names, where they are servers of their groups in t. It does not
// change t.
func withLeaders(t, known *topology.Topology) *topology.Topology {
	leaders := map[string]topology.Leadership{}
	for _, g := range known.Groups {
		leaders[g.Name] = topology.Leadership{Epoch: g.Epoch + 1, Leader: g.Leader} // later than t's, also at epoch 0
	}
	return t.WithLeaders(leaders)
}

// groupOfSlot returns the group that owns a slot.
func groupOfSlot(t *topology.Topology, slot int) (topology.Group, error) {
	owners, err := new(topology.Ownership).Of(t)
	if err != nil {
		return topology.Group{}, err
	}
	return t.Groups[owners[slot]], nil
}

func (r *whereResult) status() int { return ExitDone }
func (r *whereResult) data() any   { return r }

func (r *whereResult) text(p *printer) error {
	var members []string
	for _, m := range r.Members {
		members = append(members, m.Node+" ("+m.Address+", "+m.Role+")")
	}
	lines := [][2]string{
		{"slot   ", strconv.Itoa(r.Slot)}, {"group  ", r.Group}, {"members", strings.Join(members, ", ")},
	}
	if r.Source == "nodes" { // otherwise standard error says it
		lines = append(lines, [2]string{"source ", r.Source})
	}
	for _, l := range lines {
		if err := p.line(p.paint(dim, l[0]) + " " + l[1]); err != nil {
			return err
		}
	}
	return nil
}
