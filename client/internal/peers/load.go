package main

import (
	"context"
	"fmt"
	"os"
	"runtime/pprof"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const keyCount = 10000

var keys = func() []string {
	all := make([]string, keyCount)
	for i := range all {
		all[i] = fmt.Sprintf("user:%06d", i)
	}
	return all
}()

// load is what every target has to do.
type load struct {
	dur    time.Duration
	size   int
	writes int // percent
	cancel bool
}

type result struct {
	ops      float64 // a second
	cpu      float64 // ns of this process an operation
	calls    float64 // reads and writes of this process an operation
	p50, p99 time.Duration
}

// fill stores every key.
func fill(ctx context.Context, t target, size int) error {
	v := make([]byte, size)
	for _, k := range keys {
		if err := t.set(ctx, k, v); err != nil {
			return fmt.Errorf("filling through %s: %w", t.name, err)
		}
	}
	return nil
}

// run has g goroutines use t for a while. One operation in eight is timed.
func (l load) run(t target, g int) (result, error) {
	ctx := context.Background()
	if l.cancel {
		c, cancel := context.WithTimeout(ctx, l.dur+time.Minute)
		defer cancel()
		ctx = c
	}
	var (
		wg      sync.WaitGroup
		stop    atomic.Bool
		failed  atomic.Pointer[error]
		counts  = make([]int, g)
		samples = make([][]time.Duration, g)
		cpu     = cpuTime()
		calls   = systemCalls()
		start   = time.Now()
	)
	for w := range g {
		wg.Go(func() {
			n, s, err := l.work(ctx, t, uint32(w), &stop)
			counts[w], samples[w] = n, s
			if err != nil {
				failed.Store(&err)
				stop.Store(true)
			}
		})
	}
	time.Sleep(l.dur)
	stop.Store(true)
	wg.Wait()
	if err := failed.Load(); err != nil {
		return result{}, *err
	}
	took := time.Since(start)
	cpu = cpuTime() - cpu
	calls = systemCalls() - calls
	n := 0
	var all []time.Duration
	for w := range g {
		n += counts[w]
		all = append(all, samples[w]...)
	}
	if n == 0 || len(all) == 0 {
		return result{}, fmt.Errorf("nothing was done in %s", took)
	}
	slices.Sort(all)
	return result{ops: float64(n) / took.Seconds(), cpu: float64(cpu) / float64(n), calls: float64(calls) / float64(n),
		p50: all[len(all)/2], p99: all[len(all)*99/100]}, nil
}

func (l load) work(ctx context.Context, t target, seed uint32, stop *atomic.Bool) (n int, samples []time.Duration, err error) {
	x := seed*7919 + 1
	value := make([]byte, l.size)
	for ; !stop.Load(); n++ {
		x = x*1664525 + 1013904223
		key := keys[(x>>8)%keyCount]
		timed := n&7 == 0
		var start time.Time
		if timed {
			start = time.Now()
		}
		if int((x>>4)%100) < l.writes {
			err = t.set(ctx, key, value)
		} else {
			var got int
			if got, err = t.get(ctx, key); err == nil && got != l.size {
				err = fmt.Errorf("a value of %d bytes, want %d", got, l.size)
			}
		}
		if err != nil {
			return n, samples, err
		}
		if timed {
			samples = append(samples, time.Since(start))
		}
	}
	return n, samples, nil
}

// cpuTime is what this process has used, in user and system mode.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// systemCalls is how often this process has read and written, where the system
// tells; 0 elsewhere.
func systemCalls() (n int) {
	f, err := os.Open("/proc/self/io")
	if err != nil {
		return 0
	}
	defer f.Close()
	var name string
	for k := 0; ; {
		if _, err := fmt.Fscan(f, &name, &k); err != nil {
			return n
		}
		if name == "syscr:" || name == "syscw:" {
			n += k
		}
	}
}

func startProfile(path string) (stop func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		f.Close()
	}, nil
}
