package session

import (
	"errors"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

// asked is a Rebalancer that records what it is asked for.
type asked struct {
	request RebalanceRequest
	err     error
}

func (a *asked) Rebalance(r RebalanceRequest) ([]byte, error) {
	a.request = r
	return []byte("moves"), a.err
}
func (a *asked) Progress() ([]byte, error) { return []byte("progress"), a.err }
func (a *asked) Cancel() ([]byte, error)   { return []byte("cancelled"), a.err }

// TestRebalance sends each form of REBALANCE in both dialects.
func TestRebalance(t *testing.T) {
	f := newFixture(t, lru.Options{})
	var woken chan struct{}
	open := func() {
		woken = make(chan struct{}, 1)
		f.s = f.n.NewSession(ConnInfo{Wake: func() { woken <- struct{}{} }})
	}
	do := func(words ...string) string {
		got := f.do(resp(words...)) // perhaps with the reply
		<-woken
		return got + f.do("")
	}
	if open(); !strings.HasPrefix(f.do(resp("REBALANCE")), "-ERR slots move only in a cluster that has etcd") {
		t.Error("a node without etcd does not say that it lacks etcd")
	}
	r := &asked{}
	f.n.Rebalancer = r
	for line, want := range map[string]RebalanceRequest{
		"REBALANCE":                             {},
		"rebalance dryrun":                      {DryRun: true},
		"REBALANCE WITHOUT a DRYRUN":            {Without: []string{"a", "DRYRUN"}},
		"REBALANCE PLAN 12ab WITHOUT a b":       {Plan: "12ab", Without: []string{"a", "b"}},
		"REBALANCE PLAN 12ab ABANDON a b":       {Plan: "12ab", Without: []string{"a", "b"}, Abandon: true},
		"REBALANCE DRYRUN WITHOUT without plan": {DryRun: true, Without: []string{"without", "plan"}},
	} {
		r.request = RebalanceRequest{}
		if got := do(strings.Fields(line)...); got != "$5\r\nmoves\r\n" || strings.Join(r.request.Without, " ") != strings.Join(want.Without, " ") ||
			r.request.DryRun != want.DryRun || r.request.Abandon != want.Abandon || r.request.Plan != want.Plan {
			t.Errorf("%q: answered %q, asked for %+v", line, got, r.request)
		}
	}
	if got := do("REBALANCE", "STATUS") + do("REBALANCE", "CANCEL"); got != "$8\r\nprogress\r\n$9\r\ncancelled\r\n" {
		t.Errorf("STATUS and CANCEL: %q", got)
	}
	for _, line := range []string{"REBALANCE now", "REBALANCE DRYRUN a", "REBALANCE PLAN", "REBALANCE WITHOUT", "REBALANCE ABANDON", "REBALANCE STATUS x", "REBALANCE DRYRUN PLAN x"} {
		if got := f.do(resp(strings.Fields(line)...)); got != "-ERR syntax error\r\n" {
			t.Errorf("%q: %q", line, got)
		}
	}
	if got := f.do(resp("REBALANCE", "HELP")); !strings.HasPrefix(got, "*15\r\n+REBALANCE <subcommand>") {
		t.Errorf("HELP: %q", got)
	}
	r.err = errors.New("slots are moving")
	if got := do("REBALANCE"); got != "-ERR slots are moving\r\n" {
		t.Errorf("an error is answered %q", got)
	}
	r.err = nil
	open()
	got := f.do("REBALANCE DRYRUN\n")
	<-woken
	if got += f.do(""); got != "moves\n" {
		t.Errorf("in the line dialect: %q", got)
	}
}
