package agent

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/result"
)

// TestLostKeys has a server that loses what the first agent stored: the other agents must know that it was stored.
func TestLostKeys(t *testing.T) {
	s := newToy(t)
	s.at = func(int64) { clear(s.store) }
	run, err := doMix(t.Context(), driver(t, "", start(t, &Agent{}), start(t, &Agent{}), start(t, &Agent{})), s, "get=1", load.Plan{Conns: 3, Depth: 1, Count: 300, Duration: time.Minute, MaxErrors: 1000, Hits: load.HitsIfFilled}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range run.Targets[0].Rounds[0].Agents {
		if a.Errors != a.Requests || a.Errors == 0 {
			t.Errorf("agent %s had %d errors in %d requests", a.Address, a.Errors, a.Requests)
		}
	}
	if run.Load.Verify != "versions" {
		t.Errorf("nothing writes, and it verifies %s", run.Load.Verify)
	}
	_, err = doMix(t.Context(), driver(t, "", start(t, &Agent{}), start(t, &Agent{})), s, "get=1", load.Plan{Conns: 2, Depth: 1, Count: 300, Duration: time.Minute, MaxErrors: 200, Hits: load.HitsIfFilled}, 1)
	if err == nil || !strings.Contains(err.Error(), "too many errors: 300, 200 allowed") {
		t.Errorf("each agent may have 200 errors, both together 300 have: %v", err)
	}
}

// TestShares checks what a round says of agents that were short, late, far away or lost.
func TestShares(t *testing.T) {
	s := &Loader{plan: load.Plan{Conns: 3}, members: []*member{{address: "a:1"}, {address: "b:2"}, {address: "c:3"}}}
	parts := []*load.Part{
		{Round: &result.Round{Requests: 10, Errors: map[string]int64{"timeout": 1}, Disturbed: []string{"noise"}}},
		{Round: &result.Round{Requests: 20, Short: result.ShortGenerator, Verdict: "it ran all the time"}, Late: int64(11 * time.Millisecond)},
		nil,
	}
	r := &result.Round{Requests: 30}
	s.shares(r, parts, []error{nil, nil, errLost}, []offset{{wall: time.Hour, unknown: time.Millisecond}, {unknown: 12 * time.Millisecond}, {}})
	want := []string{"agent a:1: noise", "agent b:2 began 11ms after the others", "agent b:2 began within 12ms of the others, not 10ms: its round trips take too long"}
	slices.Sort(r.Disturbed)
	if !slices.Equal(r.Disturbed, want) {
		t.Errorf("disturbed: %q", r.Disturbed)
	}
	if r.Short != result.ShortGenerator || r.Verdict != "agent b:2: it ran all the time" {
		t.Errorf("%s: %s", r.Short, r.Verdict)
	}
	if a := r.Agents; len(a) != 3 || a[0].Requests != 10 || a[0].Errors != 1 || a[0].ClockOffset != int64(time.Hour) || a[2].Lost == "" || a[2].Conns != 1 {
		t.Errorf("%+v", a)
	}
	run := result.Run{Name: "x", Targets: []*result.Target{{URL: "u", Rounds: []*result.Round{r}}}}
	said := strings.Join(run.Remarks(), "\n")
	for _, text := range []string{"agent a:1: 33.3% of the requests", "clock +3600000.000 ms, known to 1.00 ms", "began up to 11.0 ms late", "LOST: agent c:3 is lost"} {
		if !strings.Contains(said, text) {
			t.Errorf("%q is not in %s", text, said)
		}
	}
}

type lost string

func (l lost) Error() string { return string(l) }

const errLost = lost("agent c:3 is lost")

// TestProgress sums what three agents tell, once all have told of a slice.
func TestProgress(t *testing.T) {
	var got []load.Progress
	p := newProgress(3, func(x load.Progress) { got = append(got, x) })
	warm := load.Progress{Elapsed: time.Second}
	for i := range 3 {
		p.of(i)(warm)
	}
	if len(got) != 1 {
		t.Errorf("the warm-up was told of %d times", len(got))
	}
	for i, rate := range maps.All(map[int]float64{0: 100, 1: 20, 2: 3}) {
		p.of(i)(load.Progress{Measuring: true, Rate: rate, P99: time.Duration(rate), Errors: 1, Busy: 0.5})
	}
	if len(got) != 2 || got[1].Rate != 123 || got[1].P99 != 100 || got[1].Busy != 1.5 || got[1].Errors != 3 {
		t.Errorf("%+v", got)
	}
	for _, rate := range []float64{10, 0} { // the second slice of these is after the measured time
		p.of(0)(load.Progress{Measuring: true, Rate: rate})
		p.of(1)(load.Progress{Measuring: true, Rate: rate})
	}
	if len(got) != 2 {
		t.Error("it did not wait for the third agent")
	}
	if p.of(2)(load.Progress{Measuring: true, Rate: 10}); len(got) != 3 || got[2].Rate != 30 {
		t.Errorf("different slices were added: %+v", got)
	}
	if newProgress(1, nil).of(0) != nil {
		t.Error("it tells nobody")
	}
}
