package load

import (
	"context"
	"errors"
	"math"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cachegopher/cachegopher/bench/workload"
)

// callers make load by calling a library, from one goroutine for each request that may be under way. They share one
// recorder, which each goroutine locks once for several requests.
type callers struct {
	s     *Session
	list  []*caller
	phase phase
	left  atomic.Int64
	last  atomic.Int64
	ctx   context.Context

	mu    sync.Mutex
	rec   *recorder
	first error
}

func newCallers(ctx context.Context, s *Session, i, count int, p phase, rec *recorder) *callers {
	cs := &callers{s: s, rec: rec, ctx: context.WithoutCancel(ctx)}
	all := s.plan.Conns * s.plan.Depth
	for n := i; n < all; n += count {
		c := &caller{cs: cs, stream: s.w.Stream(n, all, p.round), pace: newPace(s, n, all, p)}
		if p.fill {
			c.stream = s.w.Fill(n, all)
		}
		cs.list = append(cs.list, c)
	}
	return cs
}

func (cs *callers) recorder() *recorder { return cs.rec }

func (cs *callers) close() {}

func (cs *callers) run(p phase) done {
	cs.phase = p
	cs.left.Store(math.MaxInt64)
	if p.quota > 0 {
		cs.left.Store(p.quota)
	}
	ctx, cancel := context.WithDeadline(cs.ctx, cs.s.base.Add(time.Duration(p.end+p.drain)))
	if p.fill {
		cancel()
		ctx, cancel = context.WithCancel(cs.ctx)
	}
	defer cancel()
	if cs.s.plan.NoDeadline {
		ctx = context.WithoutCancel(ctx)
	}
	var d done
	var marked sync.WaitGroup
	quit := make(chan struct{})
	marked.Go(func() { // the CPU time when measuring begins
		select {
		case <-time.After(time.Duration(p.start - cs.s.clock())):
			d.cpu, d.wall, d.calls = processCPU(), cs.s.clock(), systemCalls()
		case <-quit:
		}
	})
	var all sync.WaitGroup
	for _, c := range cs.list {
		all.Go(func() { c.run(ctx) })
	}
	all.Wait()
	close(quit)
	marked.Wait()
	if d.wall > 0 {
		d.cpu, d.wall, d.calls = processCPU()-d.cpu, cs.s.clock()-d.wall, systemCalls()-d.calls
	}
	d.last, d.err = cs.last.Load(), cs.first
	cs.rec.end()
	return d
}

// processCPU is the CPU time of this process in nanoseconds.
func processCPU() int64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// systemCalls counts the reads and writes of this process; 0 where the system does not count them.
func systemCalls() (n int64) {
	data, err := os.ReadFile("/proc/self/io")
	if err != nil {
		return 0
	}
	for l := range strings.Lines(string(data)) {
		name, v, _ := strings.Cut(strings.TrimSpace(l), ": ")
		if name == "syscr" || name == "syscw" {
			k, _ := strconv.ParseInt(v, 10, 64)
			n += k
		}
	}
	return n
}

// caller is one goroutine.
type caller struct {
	cs     *callers
	stream *workload.Stream
	pace   pace
	failed int  // calls in a row
	turn   int  // calls so far
	read   bool // the request under way reads

	value, dst []byte
	keys       []string
	values     [][]byte
	missed     []uint64

	// Measured since hand was last called.
	counts  counts
	samples [64]sample
	n       int
	handed  int64
}

type sample struct {
	ns   int64
	late int64 // 0: not measured
	read bool
}

// failuresInARow is the number of consecutive failed calls after which a goroutine gives the target up.
const failuresInARow = 200

func (c *caller) run(ctx context.Context) {
	p := &c.cs.phase
	now := c.cs.s.clock()
	for !c.cs.s.stop.Load() {
		at := now
		var late int64
		if c.pace.open {
			if at = c.pace.next; at >= p.end || now >= p.end+p.drain {
				break
			}
			if at > now {
				time.Sleep(time.Duration(at - now))
				if now = c.cs.s.clock(); now-at > 0 && at >= p.start {
					late = now - at
				}
			}
			c.pace.advance()
		} else if now >= p.end {
			break
		}
		if at >= p.start && c.cs.left.Add(-1) < 0 {
			break
		}
		if n := c.cs.s.plan.Sample; n > 1 {
			if c.turn++; c.turn%n != 0 {
				if !c.one(ctx, at) {
					break
				}
				if at >= p.start {
					c.counts.requests++
				}
				continue
			}
			at = c.cs.s.clock()
		}
		ok := c.one(ctx, at)
		if now = c.cs.s.clock(); !ok {
			break
		}
		c.note(at, now, late)
	}
	c.hand(now)
}

// note records a request that was answered.
func (c *caller) note(at, now, late int64) {
	if at >= c.cs.phase.start {
		c.counts.requests++
		c.samples[c.n] = sample{now - at, late, c.read}
		c.n++
	}
	if c.n == len(c.samples) || now-c.handed > int64(10*time.Millisecond) {
		c.hand(now)
	}
}

// hand passes what was measured to the recorder.
func (c *caller) hand(now int64) {
	cs := c.cs
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.rec.turn(now) // first, so that nothing measured is counted with the warm-up
	for i := range c.samples[:c.n] {
		x := &c.samples[i]
		cs.rec.latency(x.ns, x.read)
		if x.late > 0 {
			cs.rec.late.RecordValue(x.late) //nolint:errcheck // it is within bounds
			if x.late > lateAfter {
				cs.rec.missed++
			}
		}
	}
	cs.rec.counts.add(&c.counts)
	if c.counts.requests > 0 {
		cs.last.Store(max(now, cs.last.Load()))
	}
	c.n, c.counts, c.handed = 0, counts{}, now
}

// fail notes an error; it returns false when the goroutine is to end.
func (c *caller) fail(err error, what string) bool {
	if errors.Is(err, errors.ErrUnsupported) {
		c.give(errors.New(c.cs.s.target.URL + " cannot do " + what))
		return false
	}
	f := faultCall
	if errors.Is(err, context.DeadlineExceeded) {
		f = faultTimeout
	}
	c.counts.errors[f]++
	c.cs.s.say("%s: %v", what, err)
	if c.failed++; c.failed >= failuresInARow {
		c.give(ErrDied)
		return false
	}
	time.Sleep(time.Millisecond) // a target that fails at once must not be hammered
	return true
}

func (c *caller) give(err error) {
	c.cs.mu.Lock()
	defer c.cs.mu.Unlock()
	if c.cs.first == nil {
		c.cs.first = err
	}
	c.cs.s.stop.Store(true)
}

// SelfCPU is the CPU time that this process has used.
func SelfCPU() time.Duration { return time.Duration(processCPU()) }
