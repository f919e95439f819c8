package node

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/ring"
	"github.com/cachegopher/cachegopher/server/session"
)

// assigned is an etcd that holds who owns the slots.
type assigned struct {
	t       topology.Topology
	without []string
	started []topology.Move
	version uint64
	err     error
}

// rebalancer returns one that plans to move the slots 0 to 99 of a to b.
func (a *assigned) rebalancer() *rebalancer {
	return &rebalancer{
		topology: func() *topology.Topology { return &a.t },
		stored: func() (*topology.Slots, []topology.Move, []topology.Move) {
			return a.t.Slots, a.t.Moves, []topology.Move{{ID: "1.0", From: "b", To: "a", Ranges: topology.SlotRanges{{First: 5, Last: 6}}}}
		},
		plan: func(_ *topology.Topology, without ...string) ([]topology.Move, error) {
			a.without = without
			return []topology.Move{{From: "a", To: "b", Ranges: topology.SlotRanges{{First: 0, Last: 99}}}}, a.err
		},
		start: func(_ context.Context, version uint64, moves []topology.Move) error {
			a.version, a.started = version, moves
			return a.err
		},
		cancel: func(context.Context) (int, error) { return len(a.t.Moves), a.err },
		giving: func() topology.Giving { return topology.Giving{Done: 4, HeldLast: 3 * time.Millisecond} },
	}
}

// TestRebalance plans, starts, shows and cancels moves.
func TestRebalance(t *testing.T) {
	a := &assigned{t: topology.Topology{Groups: []topology.Group{{Name: "a", Weight: 3}, {Name: "b"}, {Name: "c"}}}}
	r := a.rebalancer()
	refused := func(want string, asked session.RebalanceRequest) {
		t.Helper()
		if _, err := r.Rebalance(asked); err == nil || !strings.Contains(err.Error(), want) || a.started != nil {
			t.Errorf("%+v: %v; want %q", asked, err, want)
		}
	}
	refused("no entries yet", session.RebalanceRequest{})
	owners := make([]string, ring.Slots)
	for i := range owners {
		owners[i] = "a"
	}
	a.t.Slots = topology.NewSlots(7, owners)
	ask := func(asked session.RebalanceRequest) (got topology.Rebalancing) {
		t.Helper()
		document, err := r.Rebalance(asked)
		if err = errors.Join(err, json.Unmarshal(document, &got)); err != nil {
			t.Fatal(err)
		}
		return got
	}
	dry := ask(session.RebalanceRequest{DryRun: true, Without: []string{"c"}})
	want := []topology.SlotCount{{Group: "a", Weight: 3, Slots: ring.Slots, After: ring.Slots - 100}, {Group: "b", Weight: 1, After: 100}, {Group: "c", Weight: 1}}
	if !reflect.DeepEqual(dry.Groups, want) || dry.Version != 7 || len(dry.Moves) != 1 || len(a.without) != 1 || a.started != nil {
		t.Errorf("the dry run: %+v, without %v, started %v", dry, a.without, a.started)
	}
	refused("have changed since", session.RebalanceRequest{Plan: "0123"})
	if got := ask(session.RebalanceRequest{Plan: dry.Plan, Without: []string{"c"}}); got.Plan != dry.Plan || a.version != 7 || len(a.started) != 1 {
		t.Errorf("%+v; started %v of version %d", got, a.started, a.version)
	}
	a.started = nil
	a.t.Moves = []topology.Move{{ID: "8.0", From: "a", To: "b", Ranges: topology.SlotRanges{{First: 0, Last: 99}}}}
	refused("slots are moving already", session.RebalanceRequest{DryRun: true})
	var p topology.Progress
	document, err := r.Progress()
	if err = errors.Join(err, json.Unmarshal(document, &p)); err != nil || !reflect.DeepEqual(p.Groups, want) || len(p.Moves) != 1 || len(p.Removing) != 1 || p.Giving.Done != 4 {
		t.Errorf("the progress: %s, %v", document, err)
	}
	if got, err := r.Cancel(); string(got) != `{"cancelled":1}` || err != nil {
		t.Errorf("cancelled: %s, %v", got, err)
	}
	a.t.Moves, a.err = nil, errors.New("etcd is away")
	refused("etcd is away", session.RebalanceRequest{})
	if _, err := r.Cancel(); !errors.Is(err, a.err) {
		t.Errorf("cancelled: %v", err)
	}
}
