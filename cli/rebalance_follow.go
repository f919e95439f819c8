package cli

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/topology"
)

const (
	pollEvery = 500 * time.Millisecond
	silentFor = time.Minute // without any node's answer, after which the moves are not followed any longer
)

// progressOf asks the primaries how far the moves are. It returns the latest assignment, with the moves of all that answer.
func (s *session) progressOf(ctx context.Context, primaries []client.NodeStatus) (*topology.Progress, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	var latest *topology.Progress
	var giving topology.Giving
	var errs []error
	for _, a := range s.ask(ctx, primaries, []string{"REBALANCE", "STATUS"}) {
		p := &topology.Progress{}
		if a.err == nil {
			a.err = json.Unmarshal(a.v.Bytes, p)
		}
		if a.err != nil {
			errs = append(errs, a.err)
			continue
		}
		for _, m := range p.Giving.Moves {
			if m.From == a.node.Group {
				giving.Moves = append(giving.Moves, m)
			}
		}
		giving.HeldMax = max(giving.HeldMax, p.Giving.HeldMax)
		if latest == nil || p.Version > latest.Version {
			latest = p
		}
	}
	if latest == nil {
		return nil, errors.Join(errs...)
	}
	latest.Giving = giving
	return latest, nil
}

// far is how far the moves of a plan are.
type far struct {
	slots float64 // that have moved, or whose entries are copied
	rate  float64 // bytes a second, of all primaries
	over  bool    // no moves are left
}

// farOf compares a progress with the plan from which it began.
func farOf(p *topology.Progress, plan *rebalanceResult) far {
	f := far{slots: float64(plan.Slots), over: p.Version > plan.Version && len(p.Moves) == 0}
	if p.Version <= plan.Version { // the node has not heard of the moves yet
		return far{}
	}
	for _, m := range p.Moves {
		f.slots -= float64(m.Ranges.Count())
	}
	for _, m := range p.Giving.Moves {
		if m.State == "copying" || m.State == "handing over" {
			f.slots += m.Walked * float64(m.Slots)
			f.rate += m.Rate
		}
	}
	return f
}

// arrived reports whether every group owns what the plan gives it.
func (r *rebalanceResult) arrived(p *topology.Progress) bool {
	now := map[string]int{}
	for _, g := range p.Groups {
		now[g.Group] = g.Slots
	}
	for _, g := range r.Groups {
		if now[g.Group] != g.After {
			return false
		}
	}
	return true
}

// follow shows the progress of moves until they are over.
func (s *session) follow(ctx context.Context, plan *rebalanceResult) error {
	show := s.teller(plan)
	defer show.end()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	heard := time.Now()
	primaries := s.primaries(ctx)
	for {
		p, err := s.progressOf(ctx, primaries)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && (statusOf(err) != ExitUnreachable || time.Since(heard) > silentFor):
			return err
		case err != nil:
			primaries = s.primaries(ctx)
		default:
			heard = time.Now()
			f := farOf(p, plan)
			show.tell(p, f)
			if f.over {
				if plan.Done = plan.arrived(p); !plan.Done {
					plan.Started = false
					return usagef("the moves were given up, or others have been started since; REBALANCE --status shows who owns the slots")
				}
				return nil
			}
			if len(p.Giving.Moves) == 0 { // perhaps other nodes lead now
				primaries = s.primaries(ctx)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
