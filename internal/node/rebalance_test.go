package node

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/coordination"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/ring"
	"github.com/cachegopher/cachegopher/server/session"
)

// recorded is an etcd that records moves.
type recorded struct {
	coordination.Assignment
	started []topology.Move
	lost    []string
	version uint64
	err     error
	removed int // so many removals end just before moves are started
}

// recordedIn is the part of a coordinator that a rebalancer uses.
type recordedIn struct{ *recorded }

func (r recordedIn) Assignment() coordination.Assignment { return r.recorded.Assignment }

func (r recordedIn) Start(_ context.Context, version uint64, moves []topology.Move, lost ...string) error {
	if r.removed > 0 {
		r.removed--
		later := *r.Slots
		later.Version++
		r.Slots = &later
		return coordination.ErrChanged
	}
	r.version, r.started, r.lost = version, moves, lost
	return r.err
}

func (r recordedIn) Cancel(context.Context) (int, error) { return len(r.Moves), r.err }

// TestRebalance plans, starts, shows and cancels moves: a owns all slots and has three quarters of the weight.
func TestRebalance(t *testing.T) {
	etcd := &recorded{}
	live := topology.NewLive(&topology.Topology{Groups: []topology.Group{{Name: "a", Weight: 3}, {Name: "b"}, {Name: "c"}}})
	r := &rebalancer{topology: live, assignments: recordedIn{etcd}, giving: func() topology.Giving { return topology.Giving{Done: 4, HeldLast: 3 * time.Millisecond} }}
	refused := func(want string, asked session.RebalanceRequest) {
		t.Helper()
		if _, err := r.Rebalance(asked); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v; want %q", asked, err, want)
		}
	}
	refused("no entries yet", session.RebalanceRequest{})
	owners := make([]string, ring.Slots)
	for i := range owners {
		owners[i] = "a"
	}
	etcd.Slots = topology.NewSlots(7, owners)
	ask := func(asked session.RebalanceRequest) (got topology.Rebalancing) {
		t.Helper()
		document, err := r.Rebalance(asked)
		if err = errors.Join(err, json.Unmarshal(document, &got)); err != nil {
			t.Fatal(err)
		}
		return got
	}
	dry := ask(session.RebalanceRequest{DryRun: true, Without: []string{"c"}})
	want := []topology.SlotCount{{Group: "a", Weight: 3, Slots: ring.Slots, After: ring.Slots * 3 / 4}, {Group: "b", Weight: 1, After: ring.Slots / 4}, {Group: "c", Weight: 1}}
	if !reflect.DeepEqual(dry.Groups, want) || dry.Version != 7 || len(dry.Moves) == 0 || etcd.started != nil {
		t.Errorf("the dry run: %+v, started %v", dry.Groups, etcd.started)
	}
	refused("have changed since", session.RebalanceRequest{Plan: dry.Plan})
	refused(`"x", which is not a group`, session.RebalanceRequest{Without: []string{"x"}})
	if etcd.started != nil {
		t.Errorf("refused, and started %v", etcd.started)
	}
	etcd.removed = startTries
	refused("has changed meanwhile", session.RebalanceRequest{Plan: dry.Plan, Without: []string{"c"}})
	etcd.removed = startTries - 1
	last := etcd.Slots.Version + uint64(etcd.removed)
	if got := ask(session.RebalanceRequest{Plan: dry.Plan, Without: []string{"c"}}); got.Plan != dry.Plan || got.Version != last || etcd.version != last || len(etcd.started) != len(dry.Moves) {
		t.Errorf("%+v; started %v of version %d", got, etcd.started, etcd.version)
	}
	if etcd.lost != nil {
		t.Errorf("%v count as lost", etcd.lost)
	}
	etcd.Moves = etcd.started
	refused("slots are moving already", session.RebalanceRequest{DryRun: true})
	var p topology.Progress
	document, err := r.Progress()
	if err = errors.Join(err, json.Unmarshal(document, &p)); err != nil || !reflect.DeepEqual(p.Groups, want) || len(p.Moves) != len(dry.Moves) || p.Removing == nil || p.Giving.Done != 4 {
		t.Errorf("the progress: %s, %v", document, err)
	}
	if got, err := r.Cancel(); !strings.HasPrefix(string(got), `{"cancelled":`) || err != nil {
		t.Errorf("cancelled: %s, %v", got, err)
	}
	etcd.Moves = nil
	if got := ask(session.RebalanceRequest{Without: []string{"a"}, Abandon: true}); got.Groups[0].After != 0 || !slices.Equal(etcd.lost, []string{"a"}) {
		t.Errorf("a is abandoned: %+v, lost %v", got, etcd.lost)
	}
	etcd.Moves, etcd.err = nil, errors.New("etcd is away")
	refused("etcd is away", session.RebalanceRequest{})
	if _, err := r.Cancel(); !errors.Is(err, etcd.err) {
		t.Errorf("cancelled: %v", err)
	}
}
