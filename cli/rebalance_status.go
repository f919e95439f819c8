package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/cachegopher/cachegopher/internal/topology"
)

// movesResult is the result of REBALANCE --status.
type movesResult struct {
	topology.Progress
	removing int // slots whose entries are still being removed where they do not belong
}

// moves returns who owns the slots, and the moves under way with what their primaries say of them.
func (s *session) moves(ctx context.Context) (result, error) {
	p, err := s.progressOf(ctx, s.primaries(ctx))
	if err != nil {
		return nil, err
	}
	r := &movesResult{Progress: *p}
	for _, m := range p.Removing {
		r.removing += m.Ranges.Count()
	}
	for _, m := range p.Moves { // those whose primary has not answered
		if !slices.ContainsFunc(p.Giving.Moves, func(o topology.MoveProgress) bool { return o.ID == m.ID }) {
			r.Giving.Moves = append(r.Giving.Moves, topology.MoveProgress{ID: m.ID, From: m.From, To: m.To, Slots: m.Ranges.Count(), State: "waiting"})
		}
	}
	return r, nil
}

func (r *movesResult) status() int { return ExitDone }
func (r *movesResult) data() any   { return r }

func (r *movesResult) text(p *printer) error {
	if r.Version == 0 {
		return p.line("no assignment of slots is stored: the cluster has no entries yet")
	}
	t := newTable(p, "group", "weight", "slots", "after")
	t.right("weight", "slots", "after")
	for _, g := range r.Groups {
		now, after := int64(g.Slots), int64(g.After)
		t.add(g.Group, strconv.FormatInt(g.Weight, 10), count(&now), count(&after))
	}
	if err := t.write(); err != nil {
		return err
	}
	if len(r.Giving.Moves) > 0 {
		if err := p.line(""); err != nil {
			return err
		}
		t := newTable(p, "from", "to", "slots", "state", "done", "rate", "left", "failed")
		t.right("slots", "done", "rate", "left", "failed")
		for _, m := range r.Giving.Moves {
			t.add(moveCells(m.From, m.To, int64(m.Slots), m.State, m.Walked, m.Rate, m.Left, max(m.Attempts-1, 0))...)
		}
		if err := t.write(); err != nil {
			return err
		}
	}
	for _, m := range r.Giving.Moves {
		if m.LastError != "" {
			if err := p.line(p.paint(yellow, fmt.Sprintf("%s to %s: %s", m.From, m.To, m.LastError))); err != nil {
				return err
			}
		}
	}
	if r.removing > 0 {
		return p.line(plural(int64(r.removing), "slot has", "slots have") +
			" entries where they do not belong any more; these are being removed")
	}
	return nil
}

// moveCells are a move's cells in a table.
func moveCells(from, to string, slots int64, state string, walked, rate float64, left time.Duration, failed int64) []string {
	done, pace, rest := unknown, unknown, unknown
	if walked > 0 {
		done = fmt.Sprintf("%.0f%%", 100*walked)
	}
	if rate > 0 {
		pace = size(int64(rate)) + "/s"
	}
	if left > 0 {
		rest = duration(left.Round(time.Second))
	}
	return []string{from, to, count(&slots), state, done, pace, rest, count(&failed)}
}
