package runner

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/sut"
)

// TestSameServerTwice: one server under two names is refused where it would seem to answer with old values, and the first of
// the two is measured all the same.
func TestSameServerTwice(t *testing.T) {
	for _, c := range []struct {
		mix    string
		verify load.Verify
		same   bool
	}{{"get=9,set=1", load.VerifyVersions, true}, {"get=1", load.VerifyVersions, false}, {"get=9,set=1", load.VerifyValues, false}} {
		var w world
		schemes := w.fakes()
		good := schemes["good:"]
		schemes["named:"] = func(ctx context.Context, rest string, o sut.Options) (*sut.Target, error) {
			x, err := good(ctx, rest, o)
			x.Instance, _, _ = strings.Cut(rest, "?")
			return x, err
		}
		job := brief("named:a", "named:b", "named:a?again")
		job.Spec.Mix, job.Plan.Verify = c.mix, c.verify
		run, err := (&Runner{Schemes: schemes}).Do(t.Context(), job)
		if errors.Is(err, ErrSame) != c.same || !c.same && err != nil {
			t.Errorf("%+v: %v", c, err)
		}
		if got := run.Targets[2].Failed; strings.Contains(got, "as named:a,") != c.same || len(run.Targets[0].Rounds) != 3 || len(run.Targets[1].Rounds) != 3 {
			t.Errorf("%+v: %q, %d and %d rounds", c, got, len(run.Targets[0].Rounds), len(run.Targets[1].Rounds))
		}
		if w.opened != 0 {
			t.Errorf("%+v: %d targets were not closed", c, w.opened)
		}
	}
}
