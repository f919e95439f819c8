package trust

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync/atomic"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/sut"
)

// overload asks for one and a half times what the server has just done in a closed loop.
func overload(ctx context.Context, l *Lab) (f Finding, err error) {
	p := load.Plan{Conns: 16, Depth: 1, Threads: 1, Duration: l.Span, MaxErrors: math.MaxInt64}
	able, err := l.once(ctx, work(), p)
	if err != nil {
		return f, err
	}
	p.Rate = 1.5 * able.Throughput()
	r, err := l.once(ctx, work(), p)
	if err != nil {
		return f, err
	}
	f.Expected = fmt.Sprintf("of %s/s fewer are answered; this counts as missed, and the generator alone is not blamed", result.FormatCount(p.Rate))
	f.Saw = fmt.Sprintf("%s/s; missed: %t; short: the %s; %s", result.FormatCount(r.Throughput()), r.Flow.Missed, r.Short, r.Verdict)
	f.OK = r.Flow.Missed == (r.Throughput() < 0.99*p.Rate) && (!r.Flow.Missed || r.Short != "" && r.Short != result.ShortGenerator)
	return f, nil
}

// starvation puts other work on the generator's core.
func starvation(ctx context.Context, l *Lab) (f Finding, err error) {
	if len(l.Runner.LoadCores) == 0 {
		f.Skipped = "it needs two cores or more, one of them for the generator"
		return f, nil
	}
	p := load.Plan{Conns: 16, Depth: 1, Threads: 1, Duration: l.Span, MaxErrors: math.MaxInt64}
	calm, err := l.once(ctx, work(), p)
	if err != nil {
		return f, err
	}
	var stop atomic.Bool
	gone := make(chan struct{})
	const hogs = 3
	for range hogs {
		go func() {
			defer func() { gone <- struct{}{} }()
			runtime.LockOSThread()
			if sut.Pin(l.Runner.LoadCores) != nil {
				return
			}
			for !stop.Load() { //nolint:revive // it is there to use the core
			}
		}()
	}
	starved, err := l.once(ctx, work(), p)
	stop.Store(true)
	for range hogs {
		<-gone
	}
	if err != nil {
		return f, err
	}
	f.Expected = fmt.Sprintf("with %d threads that use the generator's core, it waited for the core for more of the time than without, and the figures are marked", hogs)
	f.Saw = fmt.Sprintf("it waited for %.0f%% of the time, %q; without them for %.0f%%, %q", 100*starved.Generator.Waited, starved.Disturbed, 100*calm.Generator.Waited, calm.Disturbed)
	f.OK = len(starved.Disturbed) > 0 && starved.Generator.Waited > calm.Generator.Waited
	return f, nil
}
