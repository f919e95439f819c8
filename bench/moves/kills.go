//go:build linux

package moves

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/cachegopher/cachegopher/bench/cluster"
)

// slowly are settings with which the small data of a trial moves for a few seconds.
func (o *Options) slowly() map[string]any {
	return map[string]any{"move_rate": o.KillKeys * valueSize / 30}
}

// The times after which a victim is struck and, since then, mended.
const (
	strikeWithin = 5 * time.Second
	mendAfter    = 300 * time.Millisecond
	mendWithin   = 4 * time.Second
)

// kills strikes victims during rebalances, in which the third group gets slots and loses them in turn: half of them at a
// random moment, the others at one of a hand-over.
func (o *Options) kills(ctx context.Context, out io.Writer) ([]Trial, error) {
	t, err := o.begin(ctx, o.KillKeys, o.slowly())
	if err != nil {
		return nil, err
	}
	defer t.close()
	fmt.Fprintf(out, "the seed is %d\n", o.Seed) //nolint:errcheck // standard output is gone
	rng := rand.New(rand.NewPCG(o.Seed, 1))
	var all []Trial
	for n := range o.Kills {
		v := &victims[n%len(victims)]
		result, err := t.kill(ctx, out, v, rng, n)
		if err != nil {
			return all, fmt.Errorf("kill %d of %s: %w", n+1, v.name, err)
		}
		tell(out, &result)
		if i := slices.IndexFunc(all, func(t Trial) bool { return t.Name == result.Name }); i >= 0 {
			all[i].merge(result)
		} else {
			all = append(all, result)
		}
	}
	return all, nil
}

// kill strikes one victim during one rebalance.
func (t *trial) kill(ctx context.Context, out io.Writer, v *victim, rng *rand.Rand, n int) (Trial, error) {
	turn := n / len(victims) % 4 // the direction alternates with n
	stops, adds, aims := rng.IntN(2) == 1, n%2 == 0, turn == 1 || turn == 2
	within := time.Duration(rng.Int64N(int64(strikeWithin)))
	at := aim{nth: rng.IntN(aimNth) + 1, after: time.Duration(rng.Int64N(int64(aimAfter)))}
	away := mendAfter + time.Duration(rng.Int64N(int64(mendWithin-mendAfter)))
	name, want, flags := "kill -9 of "+v.name, two, []string{"--without", "c"}
	if stops {
		name = "SIGSTOP of " + v.name
	}
	f := &found{trial: t, rng: rng, giver: t.Groups[2], taker: t.Groups[rng.IntN(2)]}
	if adds {
		want, flags, f.giver, f.taker = three, nil, f.taker, f.giver
	}
	v.find(f)
	when := round(within) + " after the begin"
	if aims {
		name, when = name+" during a hand-over", at.String()
	}
	fmt.Fprintf(out, "%d: %s%s, %s, for %s, while slots move %v\n", n+1, name, f.label(), when, round(away), flags) //nolint:errcheck // standard output is gone
	met := true
	result, err := t.under(ctx, name, v.may, func(ctx context.Context) (err error) {
		if f.cli, err = t.rebalance(flags...); err != nil {
			return err
		}
		defer f.cli.Kill()
		if err := t.started(ctx); err != nil {
			return fmt.Errorf("%w; the command line says %s", err, f.cli.Said.String())
		}
		if !aims {
			pause(ctx, within)
		} else if met, err = at.await(ctx, f.giver.Nodes[f.primary(f.giver)], cluster.Name(f.taker)); err != nil {
			return err
		}
		if err := f.strike(ctx, stops); err != nil {
			return err
		}
		pause(ctx, away)
		if err := f.mend(stops); err != nil {
			return err
		}
		return t.until(ctx, settle, shares(want))
	})
	if !met {
		result.Name += ", which was over"
	}
	return result, err
}
