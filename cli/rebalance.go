package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/topology"
)

const (
	rebalanceSyntax = "[--dry-run] [--without group,...] [--abandon group,...] [--yes] [--no-wait] [--status] [--cancel]"
	rebalanceHelp   = `It shows which slots move and about how many keys and bytes they have, and asks
before it starts; --yes starts without asking, and --dry-run only shows. Groups
after --without give all their slots away. Groups after --abandon have no primary,
and their entries are lost for good: the others get their slots empty. It shows the
progress until all slots have moved; with --no-wait it ends at once, and Ctrl-C ends
only this display. --status shows the moves under way, and --cancel gives up those
not done. It requires etcd, and the right admin.`
)

// rebalanceOptions are the words after REBALANCE.
type rebalanceOptions struct {
	dryRun, yes, noWait, status, cancel bool
	without, abandon                    []string
}

// declare makes the flags of c set the options.
func (o *rebalanceOptions) declare(c *cobra.Command) {
	f := c.Flags()
	f.SortFlags = false
	f.BoolVar(&o.dryRun, "dry-run", false, "only show what would move")
	f.StringSliceVar(&o.without, "without", nil, "`groups` that give all their slots away, separated by commas")
	f.StringSliceVar(&o.abandon, "abandon", nil, "`groups` whose entries are lost for good, and whose slots others get without them")
	f.BoolVar(&o.yes, "yes", false, "start without asking")
	f.BoolVar(&o.noWait, "no-wait", false, "end once the moves have started")
	f.BoolVar(&o.status, "status", false, "show who owns the slots, and the moves under way")
	f.BoolVar(&o.cancel, "cancel", false, "give up the moves that are not done")
}

// words returns the words that give these options.
func (o *rebalanceOptions) words() (all []string) {
	for _, f := range []struct {
		name string
		set  bool
	}{{"--dry-run", o.dryRun}, {"--yes", o.yes}, {"--no-wait", o.noWait}, {"--status", o.status}, {"--cancel", o.cancel}} {
		if f.set {
			all = append(all, f.name)
		}
	}
	if len(o.without) > 0 {
		all = append(all, "--without", strings.Join(o.without, ","))
	}
	if len(o.abandon) > 0 {
		all = append(all, "--abandon", strings.Join(o.abandon, ","))
	}
	return all
}

// read sets the options by the words of a command.
func (o *rebalanceOptions) read(args []string) error {
	c := &cobra.Command{}
	o.declare(c)
	if err := c.ParseFlags(args); err != nil {
		return usagef("%v; flags like --address stand before the command", err)
	}
	if given := c.Flags().NFlag(); c.Flags().NArg() > 0 || (o.status || o.cancel) && given > 1 || len(o.without) > 0 && len(o.abandon) > 0 {
		return usagef("usage: REBALANCE %s", rebalanceSyntax)
	}
	return nil
}

func cmdRebalance(ctx context.Context, s *session, args []string) (result, error) {
	var o rebalanceOptions
	if err := o.read(args[1:]); err != nil {
		return nil, err
	}
	switch {
	case o.status:
		return s.moves(ctx)
	case o.cancel:
		return s.cancelMoves(ctx)
	}
	var without []string
	switch {
	case len(o.without) > 0:
		without = append([]string{"WITHOUT"}, o.without...)
	case len(o.abandon) > 0:
		without = append([]string{"ABANDON"}, o.abandon...)
	}
	plan := &rebalanceResult{}
	if err := s.askFor(ctx, &plan.made, append([]string{"REBALANCE", "DRYRUN"}, without...)...); err != nil {
		return nil, err
	}
	s.estimate(ctx, plan)
	if o.dryRun || len(plan.made.Moves) == 0 {
		return plan, nil
	}
	if !s.out.json {
		if err := s.out.show(plan); err != nil {
			return nil, err
		}
		plan.shown = true
	}
	if err := s.agreed(ctx, &o, plan); err != nil {
		return nil, err
	}
	if err := s.startMoves(ctx, plan, without); err != nil {
		return nil, err
	}
	if o.noWait {
		return plan, nil
	}
	return plan, s.follow(ctx, plan)
}

// agreed returns an error unless the moves are wanted.
func (s *session) agreed(ctx context.Context, o *rebalanceOptions, plan *rebalanceResult) error {
	if o.yes {
		return nil
	}
	if s.confirm == nil {
		return usagef("REBALANCE asks before it moves slots, and this is no terminal; give --yes, or --dry-run to see the moves only")
	}
	question := fmt.Sprintf("Move %s?", plan.amount())
	if len(o.abandon) > 0 {
		question = fmt.Sprintf("Move %s, those of %s without their entries?", plan.amount(), strings.Join(o.abandon, " and "))
	}
	yes, err := s.confirm(ctx, question)
	if err == nil && !yes {
		err = usagef("nothing was moved")
	}
	return err
}

// startMoves starts the moves of the plan that was shown.
func (s *session) startMoves(ctx context.Context, plan *rebalanceResult, without []string) error {
	err := s.askFor(ctx, &plan.made, append([]string{"REBALANCE", "PLAN", plan.made.Plan}, without...)...)
	if errors.Is(err, client.ErrUnknown) {
		return fmt.Errorf("%w; REBALANCE --status shows whether slots move", err)
	}
	plan.Started = err == nil
	return err
}

// cancelMoves gives up the moves that are not done.
func (s *session) cancelMoves(ctx context.Context) (result, error) {
	r := &cancelResult{}
	return r, s.askFor(ctx, &r.Cancelled, "REBALANCE", "CANCEL")
}

// cancelResult is the result of REBALANCE --cancel.
type cancelResult struct{ topology.Cancelled }

func (r *cancelResult) status() int { return ExitDone }
func (r *cancelResult) data() any   { return r }

func (r *cancelResult) text(p *printer) error {
	if r.Moves == 0 {
		return p.line("no slots were moving")
	}
	return p.line(plural(int64(r.Moves), "move", "moves") + " given up; slots that have moved stay where they are")
}

// askFor asks one node after another until one answers, and reads its answer, a JSON document, into v. It stops at a node
// that may have executed the command.
func (s *session) askFor(ctx context.Context, v any, args ...string) error {
	ctx, cancel := s.within(ctx)
	defer cancel()
	var failed error
	for _, n := range s.c.Nodes() {
		answer, err := s.c.DoNode(ctx, n.ID, args...)
		if err == nil {
			return json.Unmarshal(answer.Bytes, v)
		}
		if statusOf(err) != ExitUnreachable || errors.Is(err, client.ErrUnknown) {
			return err
		}
		failed = err
	}
	return failed
}
