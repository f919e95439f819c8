package load

import (
	"errors"
	"net"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/bench/workload"
)

// A connection that ends is counted, by how it ended, and made again; the run goes on with as many errors as it may have.
func TestConnectionsAreMadeAgain(t *testing.T) {
	for _, c := range []struct {
		kind string
		end  func(net.Conn) error
	}{
		{"closed", func(c net.Conn) error { return c.(*net.TCPConn).CloseWrite() }},
		{"reset", func(c net.Conn) error { return errors.Join(c.(*net.TCPConn).SetLinger(0), c.Close()) }},
	} {
		for _, rate := range []float64{0, 20_000} {
			f := newFake(t)
			next := 1000
			cut := func(n int, args []string, conn net.Conn) bool {
				if args[0] != "GET" || n < next {
					return false
				}
				f.count++
				next += 1000
				if err := c.end(conn); err != nil {
					t.Error(err)
				}
				return true
			}
			f.locked(func() { f.cut = cut })
			plan := Plan{Conns: 4, Depth: 4, Threads: 1, Count: 5000, Rate: rate, Duration: time.Minute, MaxErrors: 1000}
			s := session(t, f.target(), workload.Spec{Keys: 100, Mix: "get=3,set=1"}, plan)
			if err := s.Fill(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			r, err := s.Run(t.Context(), 0, nil)
			if err != nil || r.Requests+r.ErrorCount() < 5000 || r.Requests < 4000 || r.Connects == nil {
				t.Errorf("%s, rate %g: %v, %d answered, errors %v, connects %+v", c.kind, rate, err, r.Requests, r.Errors, r.Connects)
				continue
			}
			if r.Errors[c.kind] < 3 || r.Errors[c.kind] != r.ErrorCount() || r.ErrorCount() > 5*4+4 {
				t.Errorf("%s, rate %g: errors %v", c.kind, rate, r.Errors)
			}
		}
	}
}

// While nobody listens the run goes on trying, and ends when that is hopeless.
func TestTargetThatStaysAway(t *testing.T) {
	f := newFake(t)
	s := session(t, f.target(), workload.Spec{Keys: 100}, Plan{Conns: 3, Depth: 2, Threads: 1, Duration: time.Minute, Timeout: 300 * time.Millisecond, MaxErrors: 1 << 40})
	f.at(3000, f.Close)
	r, err := s.Run(t.Context(), 0, nil)
	if !errors.Is(err, ErrDied) || r.Errors["connect"] == 0 || r.Requests == 0 || r.Seconds > 30 {
		t.Errorf("%v, %+v", err, r)
	}
}

// A reply that is dropped puts those that follow out of step. That ends the connection, not the run.
func TestDroppedReply(t *testing.T) {
	for _, depth := range []int{1, 8} {
		f := newFake(t)
		f.set(nil, func(n int, args []string, reply string) string {
			if args[0] == "GET" && n == 1000 {
				return ""
			}
			return reply
		})
		s := session(t, f.target(), workload.Spec{Keys: 1000, Mix: "get=1", NoFill: true}, Plan{Conns: 4, Depth: depth, Threads: 1, Count: 5000, Duration: time.Minute, Timeout: time.Second, MaxErrors: 1000})
		f.locked(func() {
			for key := range uint64(1000) {
				f.store[string(s.w.Keys.Append(nil, key))] = string(s.w.Values.Append(nil, key, 0, s.w.ValueSize(key)))
			}
		})
		r, err := s.Run(t.Context(), 0, nil)
		if err != nil || r.Requests < 4000 || r.ErrorCount() == 0 {
			t.Errorf("depth %d: %v, %d answered, errors %v (%s)", depth, err, r.Requests, r.Errors, r.Example)
		}
		t.Logf("depth %d: %d answered, %v: %s", depth, r.Requests, r.Errors, r.Example)
	}
}

// The timeout is a request's: on a busy pipeline, whose connection always brings something, an overdue one is found.
func TestTimeoutIsTheRequests(t *testing.T) {
	f := newFake(t)
	f.locked(func() { f.eager = true })
	f.set(func(_ int, args []string) { time.Sleep(10 * time.Millisecond) }, nil)
	s := session(t, f.target(), workload.Spec{Keys: 100, NoFill: true}, Plan{Conns: 1, Depth: 100, Threads: 1, Duration: time.Second, Timeout: 400 * time.Millisecond, MaxErrors: 1 << 40})
	r, err := s.Run(t.Context(), 0, nil)
	if err != nil || r.Errors["timeout"] == 0 || r.Requests == 0 || r.Latency.Max < int64(400*time.Millisecond) {
		t.Errorf("%v, %d answered, errors %v, longest %v", err, r.Requests, r.Errors, ns(r.Latency.Max))
	}
}

// A write whose connection was given up may take effect after later ones: no reply is stale because of it.
func TestWriteThatTakesEffectLate(t *testing.T) {
	f := newFake(t)
	held, late := 0, make(chan struct{})
	f.set(nil, func(n int, args []string, reply string) string {
		if args[0] != "SET" || n < 500 || held > 0 {
			return reply
		}
		held++
		key, value := args[1], args[2]
		time.AfterFunc(400*time.Millisecond, func() {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.store[key] = value
			close(late)
		})
		return "" // never answered
	})
	spec := workload.Spec{Keys: 5, Mix: "get=3,set=1"}
	s := session(t, f.target(), spec, Plan{Conns: 4, Depth: 1, Threads: 1, Duration: time.Second, Timeout: 100 * time.Millisecond, MaxErrors: 1})
	if err := s.Fill(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	r, err := s.Run(t.Context(), 0, nil)
	if err != nil && r.Errors["stale"] == 0 && r.ErrorCount() == r.Errors["timeout"] {
		t.Skip("SKIPPED: this machine was too slow for the timeout:", err)
	}
	f.locked(func() {
		if held == 0 {
			t.Skip("SKIPPED: this machine was too slow to get to the write")
		}
	})
	if err != nil || r.Errors["timeout"] != 1 {
		t.Errorf("%v, errors %v (%s)", err, r.Errors, r.Example)
	}
	<-late
}
