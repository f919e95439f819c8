package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/ring"
)

// planResult lists the slots that another config would move.
type planResult struct {
	Share float64    `json:"share"` // of all keys, 0 to 1
	Slots int        `json:"slots"`
	Moves []planMove `json:"moves"` // the largest first

	Stored bool `json:"stored"` // etcd has an assignment of slots: nothing moves before REBALANCE
}

type planMove struct {
	From  string  `json:"from"`
	To    string  `json:"to"`
	Slots int     `json:"slots"`
	Share float64 `json:"share"`
}

func cmdPlan(ctx context.Context, s *session, args []string) (result, error) {
	other, err := client.ReadConfig(args[1])
	if err != nil {
		return nil, err
	}
	known, err := s.known(ctx, "")
	if err == nil && known.Slots != nil {
		return planOfStored(known.Slots, topologyOf(other))
	}
	if err != nil && !s.out.json {
		fmt.Fprintf(s.errs, "no node answered; this holds if no assignment of slots is stored, as it is with etcd: %s\n", say(err)) //nolint:errcheck // only a note
	}
	from, err := s.layout.Ring()
	if err != nil {
		return nil, err
	}
	to, err := other.Ring()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", args[1], err)
	}
	plan := ring.Diff(from, to)
	r := &planResult{Share: plan.Share(), Slots: plan.Slots, Moves: []planMove{}}
	for _, m := range plan.Moves {
		r.Moves = append(r.Moves, planMove{m.From, m.To, m.Slots, float64(m.Slots) / ring.Slots})
	}
	return r, nil
}

// planOfStored returns what REBALANCE would move if a cluster with this assignment had the groups of t.
func planOfStored(slots *topology.Slots, t *topology.Topology) (*planResult, error) {
	t.Slots = slots
	var gone []string
	for _, o := range slots.Owners {
		if !slices.ContainsFunc(t.Groups, func(g topology.Group) bool { return g.Name == o.Group }) {
			gone = append(gone, o.Group)
			t.Groups = append(t.Groups, topology.Group{Name: o.Group})
		}
	}
	moves, err := topology.Plan(t, gone...)
	if err != nil {
		return nil, err
	}
	made := rebalanceResult{made: topology.Rebalancing{Moves: moves}}
	made.fill(nil)
	r := &planResult{Slots: made.Slots, Share: float64(made.Slots) / ring.Slots, Moves: []planMove{}, Stored: true}
	for _, m := range made.Moves {
		r.Moves = append(r.Moves, planMove{m.From, m.To, m.Slots, float64(m.Slots) / ring.Slots})
	}
	return r, nil
}

func (r *planResult) status() int { return ExitDone }
func (r *planResult) data() any   { return r }

func (r *planResult) text(p *printer) error {
	if r.Slots == 0 {
		return p.line("no keys move")
	}
	when := ""
	if r.Stored {
		when = " by REBALANCE, not before"
	}
	if err := p.line(fmt.Sprintf("%.2f%% of the keys move%s: %d of %d slots", 100*r.Share, when, r.Slots, ring.Slots)); err != nil {
		return err
	}
	t := newTable(p, "from", "to", "slots", "share")
	t.right("slots", "share")
	for _, m := range r.Moves {
		slots := int64(m.Slots)
		t.add(m.From, m.To, count(&slots), fmt.Sprintf("%.2f%%", 100*m.Share))
	}
	return t.write()
}
