// Package scale computes what the topology of a large cluster costs: the figures of docs/notes/scale.md.
package scale

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/internal/topology"
)

var update = flag.Bool("update", false, "write the tables in docs/notes/scale.md anew")

// compare compares a table with that of the document. Numbers may differ by a fiftieth, so that a field more or less in a
// document does not fail the test.
func compare(t *testing.T, name, table string) {
	t.Helper()
	testkit.Table(t, "../../docs/notes/scale.md", name, table, 0.02, *update)
}

// groupCounts are the sizes of clusters, in groups of three.
var groupCounts = []int{3, 10, 33, 100, 333}

// placement is how the slots of a cluster are spread.
type placement struct {
	name string
	of   func(t *topology.Topology) *topology.Slots // nil result: none is stored
}

var placements = []placement{
	{"none stored", func(*topology.Topology) *topology.Slots { return nil }},
	{"contiguous", contiguous},
	{"grown", grown},
	{"by the ring", byRing},
}

// cluster returns a topology of groups of three with names and addresses of usual length.
func cluster(groups int) *topology.Topology {
	t := &topology.Topology{Version: 123456}
	for g := range groups {
		name := fmt.Sprintf("cache-%04d", 3*g)
		group := topology.Group{Name: name, Weight: 1, Leader: name, Epoch: 100000 + uint64(g)}
		for m := range 3 {
			at := 3*g + m
			id := fmt.Sprintf("cache-%04d", at)
			t.Servers = append(t.Servers, topology.Server{
				ID: id, Group: name, Zone: "eu-west-1" + string(rune('a'+m)),
				Addresses: []string{fmt.Sprintf("10.20.%d.%d:7000", 100+at/250, 1+at%250)},
			})
			if m > 0 {
				group.Followers = append(group.Followers, id)
			}
		}
		t.Groups = append(t.Groups, group)
	}
	return t
}

// contiguous is how a cluster with etcd begins.
func contiguous(t *topology.Topology) *topology.Slots {
	s, err := topology.Contiguous(1000, t.Groups)
	if err != nil {
		panic(err) // the groups above are right
	}
	return s
}

// grown is a cluster that began as the smallest one and grew to each of the sizes by one rebalance.
func grown(t *topology.Topology) (s *topology.Slots) {
	for _, groups := range groupCounts {
		now := cluster(min(groups, len(t.Groups)))
		if s == nil {
			s = contiguous(now)
		}
		now.Slots = s
		moves, err := topology.Plan(now)
		if err != nil {
			panic(err) // the groups above are right
		}
		owners := s.ByName()
		for _, m := range moves {
			for slot := range m.Ranges.All() {
				owners[slot] = m.To
			}
		}
		s = topology.NewSlots(1000, owners)
		if len(now.Groups) == len(t.Groups) {
			break
		}
	}
	return s
}

func byRing(t *topology.Topology) *topology.Slots {
	s, err := topology.ByRing(1000, t.Groups)
	if err != nil {
		panic(err) // the groups above make a ring
	}
	return s
}

// row appends a row of a table.
func row(b *strings.Builder, cells ...any) {
	for _, c := range cells {
		fmt.Fprintf(b, "| %v ", c)
	}
	b.WriteString("|\n")
}

// size returns a number of bytes for readers, with three digits.
func size(bytes float64) string {
	for _, unit := range []string{"B", "KB", "MB", "GB"} {
		if bytes < 1000 {
			return fmt.Sprintf("%.3g %s", bytes, unit)
		}
		bytes /= 1000
	}
	return fmt.Sprintf("%.3g TB", bytes)
}

// count returns a number for readers.
func count(n float64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.3g bn", n/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.3gM", n/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.3gk", n/1e3)
	}
	return fmt.Sprintf("%.3g", n)
}

// duration returns seconds for readers.
func duration(seconds float64) string {
	switch {
	case seconds >= 1:
		return fmt.Sprintf("%.3g s", seconds)
	case seconds >= 1e-3:
		return fmt.Sprintf("%.3g ms", seconds*1e3)
	}
	return fmt.Sprintf("%.3g us", seconds*1e6)
}
