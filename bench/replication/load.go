//go:build linux

package replication

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// Keys and values of the load.
const (
	keyLen   = 14
	valueLen = 100
)

var value = strings.Repeat("v", valueLen)

// newSession returns a load of writes on t: at a rate, over four connections that take turns to send a burst each
// millisecond. Rate 0 is for filling.
func newSession(t *sut.Target, keys, size, rate int, d time.Duration) (*load.Session, error) {
	w, err := workload.Compile(workload.Spec{Keys: uint64(keys), KeySize: fmt.Sprint(keyLen), Value: fmt.Sprint(size), Mix: "set=1"}, 1)
	if err != nil {
		return nil, err
	}
	p := load.Plan{Conns: 4, Depth: 1000, Threads: 4, Duration: d, Verify: load.VerifyOff, Timeout: 30 * time.Second, Rate: float64(rate), Burst: time.Millisecond}
	if rate == 0 {
		p.Depth, p.Burst = max(1, min(125, 64<<10/size)), 0
	}
	return load.NewSession(w, t, p)
}

// fill stores entries.
func fill(ctx context.Context, t *sut.Target, entries, size int) error {
	s, err := newSession(t, entries, size, 0, time.Second)
	if err != nil {
		return err
	}
	return s.Fill(ctx, nil)
}

// writing is a load that runs until it is stopped.
type writing struct {
	stop context.CancelFunc
	done chan error
	n    int64 // acknowledged writes; set when the load has ended
}

// write begins a load of writes.
func write(ctx context.Context, t *sut.Target, rate, keys int) (*writing, error) {
	s, err := newSession(t, keys, valueLen, rate, time.Hour)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	w := &writing{stop: stop, done: make(chan error, 1)}
	go func() {
		r, err := s.Run(ctx, 0, nil)
		if r != nil {
			w.n = r.Requests
		}
		if errors.Is(err, context.Canceled) {
			err = nil
		}
		w.done <- err
	}()
	return w, nil
}

// end stops the load.
func (w *writing) end() error {
	w.stop()
	return <-w.done
}

// times are measured durations.
type times []time.Duration

func (t times) at(part float64) time.Duration {
	if len(t) == 0 {
		return 0
	}
	s := slices.Clone(t)
	slices.Sort(s)
	return s[min(int(part*float64(len(s))), len(s)-1)]
}

func (t times) String() string {
	us := func(p float64) time.Duration { return t.at(p).Round(10 * time.Microsecond) }
	return fmt.Sprintf("p50 %v, p90 %v, p99 %v, most %v of %d", us(0.5), us(0.9), us(0.99), us(1), len(t))
}

// over is how many times as long the 99th percentile is as that of calm.
func (t times) over(calm times) float64 { return float64(t.at(0.99)) / float64(calm.at(0.99)) }

// replyWithin bounds single requests beside the load.
const replyWithin = 30 * time.Second

// A probe sends one request at a time, 200 us apart, and keeps the latency of each.

func writeProbe(i int) []string { return []string{"SET", fmt.Sprint("probe", i%100), value} }

// readProbe reads keys that fill has stored.
func readProbe(i int) []string { return []string{"GET", fmt.Sprintf("ke%012d", i%1000)} }

// probe returns the latencies of requests sent while do ran.
func probe(ctx context.Context, t *sut.Target, request func(i int) []string, do func() error) (all times, err error) {
	c, err := t.Wire.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close() //nolint:errcheck // done with it
	stop, done := make(chan struct{}), make(chan error, 1)
	go func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			began := time.Now()
			if _, err := c.Do(replyWithin, request(i)...); err != nil {
				done <- err
				return
			}
			all = append(all, time.Since(began))
			time.Sleep(200 * time.Microsecond)
		}
	}()
	err = do()
	close(stop)
	return all, errors.Join(err, <-done)
}

// used is the CPU time that a server has used.
func used(t *sut.Target) time.Duration {
	d, _ := sut.CPUTime(t.PID) // 0 if the server has ended
	return d
}
