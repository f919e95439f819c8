package trust

import (
	"context"
	"fmt"

	"github.com/cachegopher/cachegopher/bench/load"
)

// counts compares the server's own counter with what the bench claims to have been answered.
func counts(ctx context.Context, l *Lab) (f Finding, err error) {
	t, s, err := l.open(ctx, l.Target, work(), load.Plan{Conns: 16, Depth: 8, Threads: 1, Duration: l.Span})
	if err != nil {
		return f, err
	}
	defer t.Close() //nolint:errcheck // it is only read from
	before, err := t.Stats(ctx)
	if err != nil {
		return f, err
	}
	r, err := s.Run(ctx, 0, nil)
	if err != nil {
		return f, err
	}
	after, err := t.Stats(ctx)
	if err != nil {
		return f, err
	}
	// Opening 16 connections, and asking for the counters, takes some requests of its own.
	const own = 64
	counted := after.Requests - before.Requests
	f.Expected = fmt.Sprintf("the server's count and ours are the same, up to the %d requests for signing in and asking for counters", own)
	f.Saw = fmt.Sprintf("the server counted %d, we claim %d", counted, r.Requests)
	f.OK = r.Requests > 0 && counted >= r.Requests && counted-r.Requests <= own
	return f, nil
}
