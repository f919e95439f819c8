//go:build linux

package moves

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/cachegopher/cachegopher/bench/cluster"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/ring"
)

// settle is how long the nodes may take to agree, and to remove what has moved.
const settle = 60 * time.Second

// topologyOf asks a node.
func topologyOf(n *nodeprocess.Node) (*topology.Topology, error) {
	text, err := n.Ask("TOPOLOGY")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n.ID, err)
	}
	t := new(topology.Topology)
	if err := json.Unmarshal([]byte(text), t); err != nil {
		return nil, fmt.Errorf("%s: %w", n.ID, err)
	}
	return t, nil
}

// ownersAtRest returns the owner of each slot, once no moves are under way and all nodes agree, by TOPOLOGY and by CLUSTER SLOTS.
func ownersAtRest(ctx context.Context, c *cluster.Cluster) (owners []string, err error) {
	err = nodeprocess.Await(ctx, settle, 50*time.Millisecond, func() (err error) {
		owners, err = agreed(c)
		return err
	})
	return owners, err
}

func agreed(c *cluster.Cluster) (owners []string, err error) {
	for _, n := range c.Nodes() {
		t, err := topologyOf(n)
		if err != nil {
			return nil, err
		}
		if t.Slots == nil {
			return nil, fmt.Errorf("%s knows no stored assignment of slots", n.ID)
		}
		if len(t.Moves) > 0 {
			return nil, fmt.Errorf("%s knows %d moves under way", n.ID, len(t.Moves))
		}
		by := t.Slots.ByName()
		if owners != nil && !slices.Equal(by, owners) {
			return nil, fmt.Errorf("%s has another assignment of slots than %s", n.ID, c.Nodes()[0].ID)
		}
		owners = by
		if err := sameSlots(c, n, by); err != nil {
			return nil, fmt.Errorf("%s: CLUSTER SLOTS: %w", n.ID, err)
		}
	}
	return owners, nil
}

// sameSlots returns an error unless a node's CLUSTER SLOTS gives each slot its owner, once.
func sameSlots(c *cluster.Cluster, n *nodeprocess.Node, owners []string) error {
	reply, err := nodeprocess.Ask(context.Background(), n.Address, "CLUSTER", "SLOTS")
	if err != nil {
		return err
	}
	groups := map[string]string{} // by the address of a member
	for _, g := range c.Groups {
		for _, n := range g.Nodes {
			groups[n.Address] = cluster.Name(g)
		}
	}
	seen := make([]string, ring.Slots)
	for _, r := range reply.Elems {
		group, first, last, err := rangeOf(r, groups)
		if err != nil {
			return err
		}
		for slot := first; slot <= last; slot++ {
			if seen[slot] != "" {
				return fmt.Errorf("slot %d belongs to %s and to %s", slot, seen[slot], group)
			}
			seen[slot] = group
		}
	}
	if !slices.Equal(seen, owners) {
		return errors.New("the owners are not those of TOPOLOGY")
	}
	return nil
}

// rangeOf reads an element of CLUSTER SLOTS. groups are the names of groups by the address of a member.
func rangeOf(r wire.Reply, groups map[string]string) (group string, first, last int, err error) {
	if len(r.Elems) < 3 || len(r.Elems[2].Elems) < 2 {
		return "", 0, 0, fmt.Errorf("unexpected element %v", r)
	}
	first, _ = strconv.Atoi(r.Elems[0].Text)
	last, err = strconv.Atoi(r.Elems[1].Text)
	address := net.JoinHostPort(r.Elems[2].Elems[0].Text, r.Elems[2].Elems[1].Text)
	if group = groups[address]; group == "" || first < 0 || last >= ring.Slots {
		return "", 0, 0, fmt.Errorf("slots %d to %d belong to %s", first, last, address)
	}
	return group, first, last, err
}

// noLeftovers waits until each node has as many entries as keys were found in the slots of its group.
func noLeftovers(ctx context.Context, c *cluster.Cluster, owners []string, k *kept) error {
	want := map[string]int{}
	for slot, owner := range owners {
		want[owner] += k.slots[slot]
	}
	return nodeprocess.Await(ctx, settle, 50*time.Millisecond, func() error {
		for _, g := range c.Groups {
			for _, n := range g.Nodes {
				got, err := n.Ask("DBSIZE")
				if err != nil {
					return fmt.Errorf("%s: %w", n.ID, err)
				}
				if has := want[cluster.Name(g)]; got != strconv.Itoa(has) {
					return fmt.Errorf("%s has %s entries, and its group should have %d", n.ID, got, has)
				}
			}
		}
		return nil
	})
}

// slotsOf counts the slots of each group.
func slotsOf(owners []string) map[string]int {
	count := map[string]int{}
	for _, o := range owners {
		count[o]++
	}
	return count
}
