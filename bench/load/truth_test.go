package load

import (
	"fmt"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/workload"
	"github.com/cachegopher/cachegopher/internal/testkit"
)

// slow is a server that takes a millisecond for a GET, on all connections together.
func slow(t *testing.T) *fakeServer {
	f := newFake(t)
	f.set(func(_ int, args []string) {
		if args[0] == "GET" {
			time.Sleep(time.Millisecond)
		}
	}, nil)
	return f
}

func (f *fakeServer) served() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return int64(f.count)
}

// An overloaded server is credited with what it answered, and every request that was due is accounted for.
func TestOverloadedServerIsCreditedWithItsAnswersOnly(t *testing.T) {
	f := slow(t)
	s := session(t, f.target(), workload.Spec{Keys: 100, Mix: "get=1"},
		Plan{Conns: 4, Depth: 4, Threads: 1, Rate: 20_000, Duration: 500 * time.Millisecond, Timeout: 500 * time.Millisecond, MaxErrors: 1 << 40, Within: 20 * time.Millisecond})
	if err := s.Fill(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	before := f.served()
	r, err := s.Run(t.Context(), 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	executed, w := f.served()-before, r.Flow
	t.Logf("%d executed, %d answered, %.0f/s; %+v; %s: %s", executed, r.Requests, r.Throughput(), w, r.Short, r.Verdict)
	if within := r.Throughput() * r.Seconds; r.Requests > executed || within > float64(executed) || within > 1000*r.Seconds+16 {
		t.Errorf("%d answered, %.0f of them within the measured time, but the server executed %d", r.Requests, within, executed)
	}
	if w.Due < 9_990 || w.Due > 10_010 || w.Sent > w.Due || w.Unsent == 0 || r.Requests+w.Unsent+r.ErrorCount() != w.Due || r.Latency.Count != w.Due {
		t.Errorf("of 10,000 requests due, %d are accounted for: %d answered, %d never sent, %d failed; %d latencies", w.Due, r.Requests, w.Unsent, r.ErrorCount(), r.Latency.Count)
	}
	if !w.Missed || r.Short == "" || r.Verdict == "" || float64(w.Good) > float64(r.Requests)/2 {
		t.Errorf("%+v, short %q", w, r.Short)
	}
}

// A rate within the server's power is reached, and nothing but load on this machine is to blame if not.
func TestReachedRate(t *testing.T) {
	testkit.EventuallyNil(t, "a low rate is reached", func() error {
		r, err := measure(t, newFake(t).target(), workload.Spec{Keys: 100, Mix: "get=1"}, Plan{Conns: 4, Depth: 4, Rate: 1000, Duration: 300 * time.Millisecond, Warmup: 50 * time.Millisecond, Within: time.Second})
		if err != nil {
			return err
		}
		if w := r.Flow; w.Missed || w.Unsent != 0 || w.Due < 290 || w.Due > 310 || w.Sent != w.Due || w.Good+w.Drained != r.Requests || r.Throughput() < 950 {
			return fmt.Errorf("%.0f/s, %+v", r.Throughput(), w)
		}
		return nil
	})
}

// A rate is missed if what waits grows by over 1%, and by more than one request of each connection.
func TestMissedRate(t *testing.T) {
	s := &Session{w: &workload.Workload{}, plan: Plan{Conns: 10, Rate: 1000}}
	for _, c := range []struct {
		name   string
		flow   result.Flow
		all    int64 // answered
		missed bool
	}{
		{"all answered", result.Flow{Due: 10_000}, 10_000, false},
		{"1% are not", result.Flow{Due: 10_000}, 9_900, false},
		{"2% are not", result.Flow{Due: 10_000}, 9_800, true},
		{"2% came later, as many as were left from before", result.Flow{Due: 10_000, Drained: 200, Early: 200}, 10_000, false},
		{"2% came later", result.Flow{Due: 10_000, Drained: 200}, 10_000, true},
		{"one of each connection is on its way", result.Flow{Due: 100}, 90, false},
		{"11 of 10 connections", result.Flow{Due: 100}, 89, true},
	} {
		r := &result.Round{Requests: c.all, Flow: c.flow}
		if s.flow(r); r.Flow.Missed != c.missed {
			t.Errorf("%s: missed is %v", c.name, r.Flow.Missed)
		}
	}
}
