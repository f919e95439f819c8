//go:build linux

package moves

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// tolerance says what a change may cost.
type tolerance struct {
	failures bool // requests may fail
	primary  bool // a primary loses writes that it has not replicated: no more than the nodes count
}

// under makes a change while clients work, and judges what they saw and what the cluster is like afterwards. do returns when
// the slots are where they should be.
func (t *trial) under(ctx context.Context, name string, may tolerance, do func(ctx context.Context) error) (result Trial, err error) {
	result = Trial{Name: name, Times: 1}
	counted := t.Counted()
	t.seed++
	t.load = startLoad(t.ledger, t.stores, t.o.KillRate, t.seed)
	defer func() { t.load.stop() }()
	pause(ctx, calm)
	began := time.Now()
	if err := do(ctx); err != nil {
		return result, t.explain(err)
	}
	result.Took = []time.Duration{time.Since(began)}
	pause(ctx, calm)
	t.load.stop()
	seen := t.load.sum("", warming, after)
	result.take(seen)
	k, owners, err := t.check(ctx)
	if err != nil && owners == nil {
		return result, t.explain(err)
	}
	result.judge(may, k, t.Counted().Since(counted), err)
	if first := errors.Join(seen.First, seen.Odd); first != nil {
		result.Note = first.Error()
	}
	return result, nil
}

// calm is how long requests are made before and after a change.
const calm = 300 * time.Millisecond

// judge takes what was found afterwards, and notes what must not have happened.
func (t *Trial) judge(may tolerance, k kept, counted int, left error) {
	t.Misses += k.Missing
	t.Wrong += k.Wrong
	t.Lost, t.Counted = k.lost(), counted
	problem := func(is bool, text string, args ...any) {
		if is {
			t.Problems = append(t.Problems, fmt.Sprintf(text, args...))
		}
	}
	problem(k.Missing > 0, "%d keys are lost", k.Missing)
	problem(t.Misses > k.Missing, "%d misses of keys that exist", t.Misses-k.Missing)
	problem(t.Wrong > 0, "%d wrong answers", t.Wrong)
	problem(t.Errors > 0 && !may.failures, "%d requests failed", t.Errors)
	problem(t.Stale > 0 && !may.primary, "%d values are older than acknowledged", t.Stale)
	problem(t.Lost > 0 && !may.primary, "%d acknowledged writes are lost", t.Lost)
	problem(may.primary && k.Older > counted, "of %d acknowledged writes that are lost the nodes count %d", k.Older, counted)
	problem(left != nil, "%v", left)
}

// half waits until half of the moves that are under way are done.
func (t *trial) half(ctx context.Context) error {
	_, first, err := t.slots()
	if err != nil {
		return err
	}
	return t.await(ctx, func() error {
		_, now, err := t.slots()
		if err == nil && now > first/2 {
			err = errors.New("fewer than half of the moves are done")
		}
		return err
	})
}

// tell prints a trial's result.
func tell(out io.Writer, t *Trial) {
	fmt.Fprintln(out, t.Line()) //nolint:errcheck // standard output is gone
	if t.Note != "" {
		fmt.Fprintln(out, "  the first faults:", t.Note) //nolint:errcheck // likewise
	}
}
