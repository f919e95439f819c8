package trust

import (
	"context"
	"fmt"
	"math"
	"strings"
	"syscall"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/result"
)

const (
	stallFor   = 200 * time.Millisecond
	stallEvery = 2 * time.Second
	stallRate  = 2000
)

// stalls stops the server's process for a fifth of a second, again and again, under both kinds of load. A request that is due
// during a stall waits for the rest of it. So at a fixed rate the share of requests that wait longer than x is the time in
// which they are due, stall-x each, by the time measured.
func stalls(ctx context.Context, l *Lab) (f Finding, err error) {
	round := func(p load.Plan) (r *result.Round, stood []time.Duration, err error) {
		t, s, err := l.open(ctx, l.Target, work(), p)
		if err != nil {
			return nil, nil, err
		}
		defer t.Close() //nolint:errcheck // it is only read from
		ended, stopped := make(chan struct{}), make(chan []time.Duration)
		go func() { stopped <- stopAndGo(t.PID, ended) }()
		r, err = s.Run(ctx, 0, nil)
		close(ended)
		return r, <-stopped, err
	}
	span := max(3*stallEvery, l.Span)
	p := load.Plan{Conns: 16, Depth: 64, Threads: 1, Duration: span, Rate: stallRate, MaxErrors: math.MaxInt64}
	open, stood, err := round(p)
	if err != nil {
		return f, err
	}
	p.Rate, p.Conns, p.Depth = 0, 4, 1
	closed, _, err := round(p)
	if err != nil {
		return f, err
	}
	want := waits(stood, span, 0.01)
	got, hidden := time.Duration(open.Latency.P99), time.Duration(closed.Latency.P99)
	f.Expected = fmt.Sprintf("with %d stalls, a p99 of %s at %d requests a second (within 15%%), and less than a quarter of that in a closed loop", len(stood), ms(int64(want)), stallRate)
	f.Saw = fmt.Sprintf("%s and %s", ms(int64(got)), ms(int64(hidden)))
	if open.Disturbed != nil {
		f.Saw += fmt.Sprintf("; the machine was not quiet: %s", strings.Join(open.Disturbed, ", "))
	}
	f.OK = math.Abs(float64(got-want)) < 0.15*float64(want) && hidden < want/4
	return f, nil
}

// stopAndGo stops a process now and then until ended is closed, and returns for how long each time.
func stopAndGo(pid int, ended <-chan struct{}) (stood []time.Duration) {
	next := time.NewTicker(stallEvery)
	defer next.Stop()
	for {
		select {
		case <-ended:
			return stood
		case <-next.C:
		}
		at := time.Now()
		syscall.Kill(pid, syscall.SIGSTOP) //nolint:errcheck // it is ours
		time.Sleep(stallFor)
		syscall.Kill(pid, syscall.SIGCONT) //nolint:errcheck // likewise
		stood = append(stood, time.Since(at))
	}
}

// waits is the time that this share of the requests exceeds, if they are due evenly over span.
func waits(stood []time.Duration, span time.Duration, share float64) time.Duration {
	low, high := time.Duration(0), span
	for high-low > time.Microsecond {
		x := (low + high) / 2
		var due time.Duration
		for _, s := range stood {
			due += max(s-x, 0)
		}
		if float64(due) > share*float64(span) {
			low = x
		} else {
			high = x
		}
	}
	return low
}
