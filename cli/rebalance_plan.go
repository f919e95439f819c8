package cli

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/cachegopher/cachegopher/internal/topology"
)

// rebalanceResult is what REBALANCE moves, or would move.
type rebalanceResult struct {
	Version uint64           `json:"version"` // of the assignment from which it starts
	Groups  []rebalanceGroup `json:"groups"`
	Moves   []rebalanceMove  `json:"moves"`
	Slots   int              `json:"slots"`        // that move
	Keys    *int64           `json:"keys"`         // about, that move; nil: a primary did not answer
	Memory  *int64           `json:"memory_bytes"` // about, of those
	Started bool             `json:"started"`
	Done    bool             `json:"done"` // all slots have moved

	made  topology.Rebalancing
	shown bool // the plan has been printed
}

type rebalanceGroup struct {
	topology.SlotCount
	Keys   *int64 `json:"keys"`         // nil: its primary did not answer
	Memory *int64 `json:"memory_bytes"` // of its primary
}

// rebalanceMove is everything that one group gives to another.
type rebalanceMove struct {
	From   string `json:"from"`
	To     string `json:"to"`
	Slots  int    `json:"slots"`
	Keys   *int64 `json:"keys"`         // about
	Memory *int64 `json:"memory_bytes"` // about
}

// estimate fills in the groups and the moves of a plan, with about how much moves by what the primaries have.
func (s *session) estimate(ctx context.Context, r *rebalanceResult) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	r.fill(rowsOf(s.ask(ctx, s.primaries(ctx), []string{"INFO", "everything"})).rows)
}

// fill takes rows of the groups' primaries.
func (r *rebalanceResult) fill(primaries []nodeRow) {
	r.Version, r.Groups, r.Moves = r.made.Version, []rebalanceGroup{}, []rebalanceMove{}
	for _, g := range r.made.Groups {
		group := rebalanceGroup{SlotCount: g}
		for _, row := range primaries {
			if row.Group == g.Group && row.Role == "primary" && row.Error == "" {
				group.Keys, group.Memory = row.Keys, row.Memory
			}
		}
		r.Groups = append(r.Groups, group)
	}
	for _, m := range r.made.Moves {
		at := slices.IndexFunc(r.Moves, func(o rebalanceMove) bool { return o.From == m.From && o.To == m.To })
		if at < 0 {
			at = len(r.Moves)
			r.Moves = append(r.Moves, rebalanceMove{From: m.From, To: m.To})
		}
		r.Moves[at].Slots += m.Ranges.Count()
		r.Slots += m.Ranges.Count()
	}
	slices.SortStableFunc(r.Moves, func(a, b rebalanceMove) int { return cmp.Compare(b.Slots, a.Slots) })
	r.Keys, r.Memory = new(int64), new(int64)
	for i := range r.Moves {
		m := &r.Moves[i]
		at := slices.IndexFunc(r.Groups, func(g rebalanceGroup) bool { return g.Group == m.From })
		if at >= 0 {
			from := &r.Groups[at]
			m.Keys, m.Memory = share(from.Keys, m.Slots, from.Slots), share(from.Memory, m.Slots, from.Slots)
		}
		r.Keys, r.Memory = sum(r.Keys, m.Keys), sum(r.Memory, m.Memory)
	}
}

// share returns n*part/of; nil if n is.
func share(n *int64, part, of int) *int64 {
	if n == nil || of == 0 {
		return nil
	}
	some := int64(float64(*n) * float64(part) / float64(of))
	return &some
}

// sum returns a+b; nil if one of them is.
func sum(a, b *int64) *int64 {
	if a == nil || b == nil {
		return nil
	}
	n := *a + *b
	return &n
}

// amount says how much moves.
func (r *rebalanceResult) amount() string {
	slots := int64(r.Slots)
	text := count(&slots) + " slots"
	if r.Slots == 1 {
		text = "1 slot"
	}
	if r.Keys != nil && r.Memory != nil {
		text += ", about " + count(r.Keys) + " keys of " + size(*r.Memory)
	}
	return text
}

func (r *rebalanceResult) status() int { return ExitDone }
func (r *rebalanceResult) data() any   { return r }

func (r *rebalanceResult) text(p *printer) error {
	if r.shown {
		return r.outcome(p)
	}
	t := newTable(p, "group", "weight", "slots", "after", "keys", "memory")
	t.right("weight", "slots", "after", "keys", "memory")
	for _, g := range r.Groups {
		now, after := int64(g.Slots), int64(g.After)
		t.add(g.Group, strconv.FormatInt(g.Weight, 10), count(&now), count(&after), count(g.Keys), memory(g.Memory, nil))
	}
	if err := t.write(); err != nil {
		return err
	}
	if len(r.Moves) == 0 {
		return p.line("every group has its share: nothing moves")
	}
	if err := p.line(""); err != nil {
		return err
	}
	t = newTable(p, "from", "to", "slots", "keys", "memory")
	t.right("slots", "keys", "memory")
	for _, m := range r.Moves {
		slots := int64(m.Slots)
		t.add(m.From, m.To, count(&slots), count(m.Keys), memory(m.Memory, nil))
	}
	return t.write()
}

// outcome says how far the moves are.
func (r *rebalanceResult) outcome(p *printer) error {
	switch {
	case r.Done:
		return p.line(r.amount() + " moved")
	case r.Started:
		return p.line("the nodes move " + r.amount() + "; REBALANCE --status shows how far, --cancel stops it")
	}
	return nil
}
