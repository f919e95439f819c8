package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/ring"
	"github.com/cachegopher/cachegopher/server/servertest"
)

// mover answers REBALANCE for a cluster in which b owns nothing yet.
type mover struct {
	mu      sync.Mutex
	asked   []string // the requests, except for STATUS
	polls   int      // of STATUS since the start
	started bool
	stays   int  // polls for which half is copied
	gaveUp  bool // instead of moving the slots
}

// half are the slots that move.
var half = topology.SlotRanges{{First: 0, Last: ring.Slots/2 - 1}}

func (m *mover) answer(args []string) any {
	m.mu.Lock()
	defer m.mu.Unlock()
	counts := func(a, b int) []topology.SlotCount {
		return []topology.SlotCount{{Group: "a1", Weight: 1, Slots: a, After: ring.Slots / 2}, {Group: "b1", Weight: 1, Slots: b, After: ring.Slots / 2}}
	}
	moves := []topology.Move{{ID: "7.0", From: "a1", To: "b1", Ranges: half}}
	if args[1] != "STATUS" {
		m.asked = append(m.asked, strings.Join(args[1:], " "))
		m.started = m.started || args[1] == "PLAN"
	}
	switch {
	case args[1] == "CANCEL":
		return topology.Cancelled{Moves: 2}
	case args[1] != "STATUS":
		return topology.Rebalancing{Version: 6, Plan: "12ab", Groups: counts(ring.Slots, 0), Moves: moves}
	case !m.started:
		return topology.Progress{Version: 6, Groups: counts(ring.Slots, 0)}
	}
	if m.polls++; m.polls <= 2 { // the nodes have not heard of it
		return topology.Progress{Version: 6, Groups: counts(ring.Slots, 0)}
	}
	if m.polls <= 2+m.stays {
		return topology.Progress{Version: 7, Groups: counts(ring.Slots, 0), Moves: moves, Giving: topology.Giving{Moves: []topology.MoveProgress{
			{ID: "7.0", From: "a1", To: "b1", Slots: ring.Slots / 2, State: "copying", Walked: 0.5, Rate: 5e6, Left: 2e9, Attempts: 2, LastError: "b1 was away"}}}}
	}
	if m.gaveUp {
		return topology.Progress{Version: 8, Groups: counts(ring.Slots, 0)}
	}
	return topology.Progress{Version: 8, Groups: counts(ring.Slots/2, ring.Slots/2)}
}

// requests returns what was asked for, except for STATUS.
func (m *mover) requests() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Join(m.asked, ", ")
}

// movingGroups are two groups of one node each whose slots m moves. The first has a thousand keys.
func movingGroups(t *testing.T, m *mover) *place {
	a, b := servertest.Start(t, servertest.ID("a1")), servertest.Start(t, servertest.ID("b1"))
	p := newPlace(t, "--address", a.Address)
	var fill strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&fill, "SET key%d value\n", i)
	}
	if got := p.input(fill.String()); got.status != ExitDone {
		t.Fatal(got.errs)
	}
	for _, n := range []*servertest.Node{a, b} {
		n.OnRequest(func(args []string) (f servertest.Fault) {
			if args[0] == "REBALANCE" {
				text, err := json.Marshal(m.answer(args))
				if err != nil {
					panic(err)
				}
				f.Reply = fmt.Sprintf("$%d\r\n%s\r\n", len(text), text)
			}
			return f
		})
	}
	return newPlace(t, "--config", servertest.ConfigFile(t, []*servertest.Node{a}, []*servertest.Node{b}))
}

// TestRebalanceInPipe moves slots without a terminal.
func TestRebalanceInPipe(t *testing.T) {
	m := &mover{stays: 3}
	p := movingGroups(t, m)
	dry := p.input("", "REBALANCE", "--dry-run", "--without", "x,y")
	for _, part := range []string{"group\tweight\tslots\tafter\tkeys\tmemory\na1\t1\t16,384\t8,192\t1,000\t", "\nb1\t1\t0\t8,192\t0\t", "\nfrom\tto\tslots\tkeys\tmemory\na1\tb1\t8,192\t500\t"} {
		if !strings.Contains(dry.out, part) || dry.status != ExitDone {
			t.Errorf("the dry run ends with %d and lacks %q:\n%s%s", dry.status, part, dry.out, dry.errs)
		}
	}
	p.fails(ExitUsage, "REBALANCE asks before it moves slots, and this is no terminal; give --yes, or --dry-run to see the moves only\n", "REBALANCE")
	if got := m.requests(); got != "DRYRUN WITHOUT x y, DRYRUN" {
		t.Errorf("asked for %s", got)
	}
	got := p.input("", "REBALANCE", "--yes", "--without", "x")
	if want := "8,192 slots, about 500 keys of "; got.status != ExitDone || !strings.Contains(got.out, want) || !strings.HasSuffix(got.out, " moved\n") {
		t.Errorf("it ends with %d and writes\n%s%s", got.status, got.out, got.errs)
	}
	if want := "8192 slots from a1 to b1 failed and is tried again: b1 was away\n"; got.errs != want {
		t.Errorf("it says %q", got.errs)
	}
	if got := m.requests(); !strings.HasSuffix(got, ", DRYRUN WITHOUT x, PLAN 12ab WITHOUT x") {
		t.Errorf("asked for %s", got)
	}
	if got := p.input("", "REBALANCE", "--yes", "--no-wait", "--abandon", "x,y"); got.status != ExitDone {
		t.Errorf("it ends with %d and writes\n%s%s", got.status, got.out, got.errs)
	}
	if got := m.requests(); !strings.HasSuffix(got, ", DRYRUN ABANDON x y, PLAN 12ab ABANDON x y") {
		t.Errorf("asked for %s", got)
	}
	p.fails(ExitUsage, "usage: REBALANCE "+rebalanceSyntax+"\n", "REBALANCE", "--without", "x", "--abandon", "y")
	p.want(ExitDone, "2 moves given up; slots that have moved stay where they are\n", "REBALANCE", "--cancel")
	p.fails(ExitUsage, "usage: REBALANCE "+rebalanceSyntax+"\n", "REBALANCE", "now")
	p.fails(ExitUsage, "unknown flag: --all", "REBALANCE", "--all")
}

// TestRebalanceEnds ends a REBALANCE in other ways than by moving everything, and reads its JSON.
func TestRebalanceEnds(t *testing.T) {
	m := &mover{stays: 1, gaveUp: true}
	p := movingGroups(t, m)
	if got := p.input("", "REBALANCE", "--yes"); got.status != ExitUsage || !strings.Contains(got.errs, "the moves were given up, or others have been started since") {
		t.Errorf("given up: it ends with %d and says %q", got.status, got.errs)
	}
	m.mu.Lock()
	m.gaveUp, m.started, m.polls = false, false, 0
	m.mu.Unlock()
	p.flags = append(p.flags, "--json")
	var waited, started rebalanceResult
	got := p.input("", "REBALANCE", "--yes")
	if err := json.Unmarshal([]byte(got.out), &waited); err != nil || !waited.Done || !waited.Started || waited.Slots != ring.Slots/2 || *waited.Keys != 500 || got.errs != "" {
		t.Errorf("in JSON: %s%s, %v", got.out, got.errs, err)
	}
	got = p.input("", "REBALANCE", "--yes", "--no-wait")
	if err := json.Unmarshal([]byte(got.out), &started); err != nil || started.Done || !started.Started || len(started.Moves) != 1 || *started.Moves[0].Keys != 500 {
		t.Errorf("without waiting, in JSON: %s%s, %v", got.out, got.errs, err)
	}
}

// TestRebalanceOnTerminal answers the question, watches the bar, and interrupts it.
func TestRebalanceOnTerminal(t *testing.T) {
	m := &mover{stays: 1 << 30}
	p := movingGroups(t, m)
	s := p.onTerminal([]string{"REBALANCE"})
	s.shows("Move 8,192 slots, about 500 keys of ")
	s.keys("yx\x7fes\x7f\x7f\x7fno\r")
	s.shows("nothing was moved")
	s.done(ExitUsage)
	if got := m.requests(); got != "DRYRUN" {
		t.Errorf("asked for %s", got)
	}
	s = p.onTerminal([]string{"REBALANCE"})
	s.shows("[y/N]")
	s.keys(ctrlC)
	s.done(exitInterrupted)
	s = p.onTerminal([]string{"REBALANCE"})
	s.shows("[y/N]")
	s.keys("Y\r")
	s.shows("8192 slots from a1 to b1 failed and is tried again: b1 was away")
	s.shows("\n 50% |████████████            | 4,096 of 8,192 slots, 5.0 MB/s, about ")
	s.keys(ctrlC)
	s.shows("the nodes move 8,192 slots, about 500 keys of ")
	s.shows("REBALANCE --status shows how far")
	s.done(exitInterrupted)
	s = p.onTerminal([]string{"REBALANCE", "--status"})
	s.shows("a1    b1  8,192  copying   50%  5.0 MB/s    2s       1")
	s.shows("a1 to b1: b1 was away")
	s.done(ExitDone)
}

// TestRebalanceWithoutEtcd: the command says what is missing.
func TestRebalanceWithoutEtcd(t *testing.T) {
	p, _ := groups(t)
	if got := p.input("", "REBALANCE"); got.status != ExitUsage || !strings.Contains(got.errs, "slots move only in a cluster that has etcd") {
		t.Errorf("it ends with %d and says %q", got.status, got.errs)
	}
}
