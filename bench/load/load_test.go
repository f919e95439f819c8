package load

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/workload"
	"github.com/cachegopher/cachegopher/internal/testkit"
)

const everything = "get=50,set=20,delete=5,mget=10,incr=10,ttl=5"

func TestClosedLoopCountsAndChecks(t *testing.T) {
	f := newFake(t)
	for _, threads := range []int{1, 2} {
		r, err := measure(t, f.target(), workload.Spec{Keys: 500, Mix: everything, MGet: 7}, Plan{Conns: 4, Depth: 4, Threads: threads, Warmup: 50 * time.Millisecond, Count: 3000, Duration: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		if r.Requests < 100 || r.Hits == 0 || r.Latency.Count != r.Requests || r.Reads.Count+r.Writes.Count != r.Requests || r.ErrorCount() != 0 || r.Flow.Due != r.Requests {
			t.Errorf("%+v", r)
		}
		var n int64
		for _, s := range r.Slices {
			n += s.Requests
		}
		if n != r.Requests {
			t.Errorf("slices have %d requests, the round has %d", n, r.Requests)
		}
		h, err := hdr.Decode(r.Histogram)
		if err != nil || h.TotalCount() != r.Requests {
			t.Errorf("the histogram has %v requests: %v", h, err)
		}
	}
}

func TestCountEndsARun(t *testing.T) {
	r, err := measure(t, newFake(t).target(), workload.Spec{Keys: 100}, Plan{Count: 1234, Duration: time.Minute, Conns: 3, Depth: 2})
	if err != nil || r.Requests != 1234 {
		t.Errorf("%d requests, %v", r.Requests, err)
	}
}

func TestReadThroughSetsWhatWasMissed(t *testing.T) {
	f := newFake(t)
	r, err := measure(t, f.target(), workload.Spec{Keys: 300, Mix: "get=1", ReadThrough: true, NoFill: true}, Plan{Count: 6000, Duration: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.Misses == 0 || r.Hits == 0 || len(f.store) != 300 {
		t.Errorf("%d hits, %d misses, %d of 300 keys stored", r.Hits, r.Misses, len(f.store))
	}
}

// Percentiles are those of the sorted latencies, to the histogram's three digits.
func TestHistogramAgainstExactPercentiles(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	full := make(chan *cell, 16)
	rec := newRecorder(0, 1e9, full)
	col := newCollector(1e9, 1, nil)
	col.own(rec)
	var all []int64
	for slice := range 5 {
		for range 20_000 {
			ns := int64(math.Exp(rng.NormFloat64()*1.5+11)) + int64(slice)*10_000
			all = append(all, ns)
			rec.latency(ns, ns%3 == 0)
			rec.requests++
		}
		rec.turn(int64(slice+1) * 1e9)
		for len(full) > 0 {
			x := <-full
			col.take(x)
			x.reset()
			col.owners[x] <- x
		}
	}
	slices.Sort(all)
	r, err := col.round(5, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []struct {
		at  float64
		got int64
	}{{50, r.Latency.P50}, {90, r.Latency.P90}, {99, r.Latency.P99}, {99.9, r.Latency.P999}, {99.99, r.Latency.P9999}, {100, r.Latency.Max}} {
		exact := all[min(int(math.Ceil(p.at/100*float64(len(all))-1e-6))-1, len(all)-1)]
		if off := math.Abs(float64(p.got-exact)) / float64(exact); off > 0.001 {
			t.Errorf("p%g is %d, exactly %d", p.at, p.got, exact)
		}
	}
	for i, s := range r.Slices {
		part := 0
		for _, n := range s.Heat {
			part += n
		}
		if i < 5 && part != 20_000 {
			t.Errorf("slice %d has %d of 20000 in its heat map", i, part)
		}
	}
}

// stalling returns a server that stalls once for 200 ms.
func stalling(t *testing.T) *fakeServer {
	f := newFake(t)
	var at time.Time
	f.set(func(n int, args []string) {
		if args[0] != "GET" {
			return
		}
		if at.IsZero() {
			at = time.Now().Add(300 * time.Millisecond)
		}
		if time.Now().After(at) {
			at = at.Add(time.Hour)
			time.Sleep(200 * time.Millisecond) // with the lock held: for all connections
		}
	}, nil)
	return f
}

// openStall measures an open loop against a server that stalls, and says what is wrong with the figures. 200 of 1,000
// requests are due during the stall; half of them wait for over 100 ms.
func openStall(t *testing.T, poisson bool) error {
	open, err := measure(t, stalling(t).target(), workload.Spec{Keys: 100, Mix: "get=1"}, Plan{Rate: 1000, Poisson: poisson, Duration: time.Second, Conns: 4, Depth: 2})
	if err != nil {
		return err
	}
	over := share(t, open, 100*time.Millisecond)
	t.Logf("open loop, poisson %v: p50 %s p90 %s p99 %s, %.1f%% over 100 ms, %d requests", poisson, ns(open.Latency.P50), ns(open.Latency.P90), ns(open.Latency.P99), 100*over, open.Requests)
	if open.Latency.P99 < int64(150*time.Millisecond) || over < 0.05 {
		return fmt.Errorf("an open loop must show the stall: p99 %s, %.1f%% over 100 ms", ns(open.Latency.P99), 100*over)
	}
	if n := open.Requests; n < 850 || n > 1150 {
		return fmt.Errorf("%d requests at 1000 a second for 1 s", n)
	}
	return nil
}

// closedStall is openStall for a closed loop, which sees the stall once for each request in flight.
func closedStall(t *testing.T) error {
	closed, err := measure(t, stalling(t).target(), workload.Spec{Keys: 100, Mix: "get=1"}, Plan{Duration: time.Second, Conns: 4, Depth: 2})
	if err != nil {
		return err
	}
	over := share(t, closed, 100*time.Millisecond)
	t.Logf("closed loop: p50 %s p99 %s max %s, %.3f%% over 100 ms", ns(closed.Latency.P50), ns(closed.Latency.P99), ns(closed.Latency.Max), 100*over)
	if closed.Latency.Max < int64(150*time.Millisecond) || over > 0.02 {
		return fmt.Errorf("max %s, %.2f%% over 100 ms", ns(closed.Latency.Max), 100*over)
	}
	return nil
}

// A busy machine stalls as well, so that one measurement of several has to be right.
func TestAnOpenLoopShowsAStallAndAClosedLoopHidesIt(t *testing.T) {
	for _, poisson := range []bool{false, true} {
		testkit.EventuallyNil(t, "an open loop shows a stall", func() error { return openStall(t, poisson) })
	}
	testkit.EventuallyNil(t, "a closed loop hides it", func() error { return closedStall(t) })
}

func ns(n int64) time.Duration { return time.Duration(n) }

// share is the fraction of a round's latencies over d.
func share(t *testing.T, r *result.Round, d time.Duration) float64 {
	t.Helper()
	h, err := hdr.Decode(r.Histogram)
	if err != nil {
		t.Fatal(err)
	}
	n := int64(0)
	for _, b := range h.Distribution() {
		if b.From > int64(d) {
			n += b.Count
		}
	}
	return float64(n) / float64(h.TotalCount())
}

func TestATargetThatDiesInTheMiddle(t *testing.T) {
	f := newFake(t)
	sess := session(t, f.target(), workload.Spec{Keys: 100}, Plan{Conns: 3, Depth: 2, Threads: 1, Duration: time.Minute})
	f.at(3000, f.Close)
	r, err := sess.Run(context.Background(), 0, nil)
	if !errors.Is(err, ErrDied) || r == nil || r.Requests == 0 || r.Errors["closed"]+r.Errors["reset"] == 0 || r.Seconds > 30 {
		t.Errorf("%v, %+v", err, r)
	}
}

func TestInterruptKeepsWhatWasMeasured(t *testing.T) {
	f := newFake(t)
	ctx, cancel := context.WithCancel(context.Background())
	sess := session(t, f.target(), workload.Spec{Keys: 100}, Plan{Conns: 3, Depth: 2, Threads: 1, Duration: time.Minute})
	f.at(3000, cancel)
	r, err := sess.Run(ctx, 0, nil)
	if !errors.Is(err, context.Canceled) || r == nil || r.Requests == 0 || r.Seconds > 30 || r.ErrorCount() > 0 {
		t.Errorf("%v, %+v", err, r)
	}
}

func TestASilentServerIsATimeout(t *testing.T) {
	f := newFake(t)
	f.set(func(n int, args []string) {
		if n > 10 {
			time.Sleep(400 * time.Millisecond)
		}
	}, nil)
	sess := session(t, f.target(), workload.Spec{Keys: 100, NoFill: true}, Plan{Conns: 2, Depth: 1, Threads: 1, Duration: time.Minute, Timeout: 200 * time.Millisecond})
	r, err := sess.Run(context.Background(), 0, nil)
	if err == nil || r.Errors["timeout"] == 0 || r.Latency.Max < int64(150*time.Millisecond) {
		t.Errorf("%v, %+v", err, r)
	}
}

func TestOverTheLimitMustBeRefused(t *testing.T) {
	f := newFake(t)
	f.set(nil, func(n int, args []string, reply string) string {
		if args[0] == "SET" {
			return "-ERR too long\r\n"
		}
		return reply
	})
	spec := workload.Spec{Keys: 10, Value: "over", Mix: "set=1"}
	plan := Plan{Count: 100, Duration: time.Minute}
	r, err := measure(t, f.target(), spec, plan)
	if err != nil || r.Expected == 0 || r.Expected < r.Requests {
		t.Errorf("%v, %+v", err, r)
	}
	f.set(nil, nil)
	if r, err = measure(t, f.target(), spec, plan); !errors.Is(err, ErrTooMany) || r.Errors["wrong reply"] == 0 {
		t.Errorf("a value over the limit was accepted without an error: %v, %+v", err, r)
	}
}

func TestImpossiblePlans(t *testing.T) {
	for want, p := range map[string]Plan{
		"1 or more":         {Duration: 1},
		"over 0 is needed":  {Conns: 1, Depth: 1},
		"the most is 16000": {Conns: 1000, Depth: 100, Duration: 1},
		"need a rate":       {Conns: 1, Depth: 1, Duration: 1, Poisson: true},
		"rate -1":           {Conns: 1, Depth: 1, Duration: 1, Rate: -1},
		"each thread":       {Conns: 1, Depth: 1, Threads: 2, Duration: 1},
	} {
		if err := p.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", p, err, want)
		}
	}
}
