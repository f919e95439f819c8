package cli

import (
	"context"
	"fmt"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/ring"
)

// planResult lists the slots that another config would move.
type planResult struct {
	Share float64    `json:"share"` // of all keys, 0 to 1
	Slots int        `json:"slots"`
	Moves []planMove `json:"moves"` // the largest first
}

type planMove struct {
	From  string  `json:"from"`
	To    string  `json:"to"`
	Slots int     `json:"slots"`
	Share float64 `json:"share"`
}

func cmdPlan(_ context.Context, s *session, args []string) (result, error) {
	from, err := s.layout.Ring()
	if err != nil {
		return nil, err
	}
	other, err := client.ReadConfig(args[1])
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

func (r *planResult) status() int { return ExitDone }
func (r *planResult) data() any   { return r }

func (r *planResult) text(p *printer) error {
	if r.Slots == 0 {
		return p.line("no keys move")
	}
	if err := p.line(fmt.Sprintf("%.2f%% of the keys move: %d of %d slots", 100*r.Share, r.Slots, ring.Slots)); err != nil {
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
