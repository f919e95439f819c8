package load

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// Session is one workload put on one target, over several rounds. It remembers from round to round
// what the target holds. Its methods are called one after another.
type Session struct {
	w      *workload.Workload
	plan   Plan
	target *sut.Target
	wire   *sut.Wire
	judge  *judge
	empty  int64 // the server's resident memory before anything was stored

	base      time.Time // of the clock, which counts nanoseconds
	stop      atomic.Bool
	told      atomic.Bool // there is an example
	mu        sync.Mutex
	example   string              // the first error of a round, in words
	replySize [workload.Kinds]int // of batches
	keys      *keyTable           // for callers
}

// NewSession checks the plan and returns a session.
func NewSession(w *workload.Workload, t *sut.Target, plan Plan) (*Session, error) {
	if err := plan.Check(); err != nil {
		return nil, err
	}
	if t.Wire != nil && !rawConnections {
		return nil, errors.New("raw connections need Linux; client: and inproc: targets work everywhere")
	}
	for k := range workload.Kinds {
		if w.Has(k) && w.Trace() == nil && !t.Supports(k) {
			return nil, fmt.Errorf("%s cannot do %s", t.URL, k)
		}
	}
	if n := plan.Conns * plan.Depth * w.Spec.MGet; w.Has(workload.MGet) && n > 1<<20 {
		return nil, fmt.Errorf("%d keys under way are too many; use fewer connections, less depth or a smaller mget", n)
	}
	s := &Session{w: w, plan: plan, target: t, wire: t.Wire, judge: newJudge(w, plan.Verify), base: time.Now()}
	if plan.Batch {
		if err := s.checkBatches(); err != nil {
			return nil, err
		}
	}
	if s.wire == nil {
		s.keys = newKeyTable(w.Keys)
	}
	if t.InProcess {
		debug.FreeOSMemory() // so that what the process takes is what it holds
	}
	if t.PID != 0 {
		s.empty, _ = sut.Resident(t.PID) // unknown on some systems
	}
	return s, nil
}

func (s *Session) clock() int64 { return int64(time.Since(s.base)) }

// say keeps the first error of a round in words.
func (s *Session) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.example == "" {
		s.example = fmt.Sprintf(format, args...)
		s.told.Store(true)
	}
}

// phase is when a run measures and ends, by the session's clock.
type phase struct {
	// begin is when workers set out, together: what is sent before the start is not measured, and a short trace
	// might be all of it. 0: at once.
	begin      int64
	start, end int64
	drain      int64 // after the end: for replies that are still to come
	quota      int64 // requests measured; 0: no bound
	fill       bool
	round      uint64
}

// Fill stores every key of the workload once, and sets the counters to 0.
func (s *Session) Fill(ctx context.Context, progress func(Progress)) error {
	if s.wire != nil && s.w.Has(workload.Incr) {
		if err := s.wire.MakeCounters(ctx, s.w.Counters(), counterKey); err != nil {
			return err
		}
	}
	if s.w.Spec.NoFill {
		return nil
	}
	p := phase{start: math.MaxInt64 / 2, end: math.MaxInt64 / 2, drain: int64(s.plan.Timeout), fill: true}
	r, err := s.run(ctx, p, progress)
	if err != nil {
		return fmt.Errorf("filling: %w", err)
	}
	if n := r.ErrorCount(); n > 0 {
		return fmt.Errorf("filling: %d errors, such as: %s", n, r.Example)
	}
	return ctx.Err()
}

// Run does one round. With ErrDied, ErrTooMany and the context's error it returns what was measured
// until then as well.
func (s *Session) Run(ctx context.Context, round int, progress func(Progress)) (*result.Round, error) {
	now := s.clock() + int64(time.Millisecond)
	p := phase{begin: now, start: now + int64(s.plan.Warmup), drain: int64(s.plan.Timeout), quota: s.plan.Count, round: uint64(round)}
	p.end = p.start + int64(s.plan.Duration)
	if s.plan.Batch {
		p.start, p.end = math.MaxInt64/2, math.MaxInt64/2 // until exactly says when
	}
	r, err := s.run(ctx, p, progress)
	if err != nil {
		return r, err
	}
	if ctx.Err() != nil {
		return r, ctx.Err()
	}
	if n := r.ErrorCount(); n > s.plan.MaxErrors {
		return r, fmt.Errorf("%w: %d, %d allowed; the first: %s", ErrTooMany, n, s.plan.MaxErrors, r.Example)
	}
	return r, nil
}

// worker makes a share of the load.
type worker interface {
	run(p phase) done
	recorder() *recorder
	close()
}

// done is a worker's result.
type done struct {
	last  int64 // when the last measured reply came; 0: none
	cpu   int64 // ns while measuring
	wall  int64
	calls int64 // reads and writes of this process while measuring, of libraries that are called
	err   error
}

func (s *Session) run(ctx context.Context, p phase, progress func(Progress)) (*result.Round, error) {
	s.example = ""
	s.told.Store(false)
	s.stop.Store(false)
	count := s.plan.Threads
	col := newCollector(int64(s.plan.Slice), count, progress)
	var workers []worker
	defer func() {
		for _, w := range workers {
			w.close()
		}
	}()
	for i := range count {
		w, err := s.newWorker(ctx, i, count, p, col)
		if err != nil {
			return nil, err
		}
		workers = append(workers, w)
		col.own(w.recorder())
	}
	if s.plan.Batch && !p.fill {
		return s.exactly(ctx, workers[0], p, col)
	}
	if p.quota > 0 {
		p.quota = (p.quota + int64(count) - 1) / int64(count)
	}
	stopped := context.AfterFunc(ctx, func() { s.stop.Store(true) })
	defer stopped()
	server := s.watchServer(p)
	var collecting, working sync.WaitGroup
	collecting.Go(col.run)
	ends := make([]done, count)
	for i, w := range workers {
		working.Go(func() {
			time.Sleep(time.Duration(p.begin - s.clock()))
			ends[i] = w.run(p)
		})
	}
	working.Wait()
	cpu := server()
	close(col.full)
	collecting.Wait()
	return s.finish(p, col, ends, cpu)
}

func (s *Session) newWorker(ctx context.Context, i, count int, p phase, col *collector) (worker, error) {
	rec := newRecorder(p.start, int64(s.plan.Slice), col.full)
	switch {
	case s.plan.Batch && !p.fill && s.plan.Streams:
		return newStreamBatches(ctx, s, p, rec)
	case s.plan.Batch && !p.fill:
		return newEpollBatches(ctx, s, p, rec)
	}
	if s.wire != nil {
		return newThread(ctx, s, i, count, p, rec)
	}
	return newCallers(ctx, s, i, count, p, rec), nil
}

// finish assembles a round's result.
func (s *Session) finish(p phase, col *collector, ends []done, cpu serverUse) (*result.Round, error) {
	end := min(p.end, s.clock())
	var last int64
	var errs []error
	var self result.Self
	for _, d := range ends {
		last = max(last, d.last)
		errs = append(errs, d.err)
		self.CPU += float64(d.cpu) / 1e9
		self.Calls += d.calls
		if d.wall > 0 {
			self.Busy = max(self.Busy, float64(d.cpu)/float64(d.wall))
		}
	}
	until := max(last, end)
	if p.quota > 0 || s.w.Trace() != nil || p.fill || s.stop.Load() {
		until = last
	}
	r, err := col.round(float64(max(until-p.start, 0))/1e9, s.w.Both())
	if err != nil {
		return nil, err
	}
	self.Late, self.Missed = r.Generator.Late, r.Generator.Missed
	r.Generator = self
	r.ServerCPU, r.Resident, r.Empty = cpu.cpu.Seconds(), cpu.resident, s.empty
	if cpu.wall > 0 {
		r.ServerBusy = cpu.cpu.Seconds() / cpu.wall.Seconds()
	}
	r.Generator.Verdict = s.verdict(r)
	r.Example = s.example
	return r, errors.Join(errs...)
}

// serverUse is what the server used while it was measured.
type serverUse struct {
	cpu, wall time.Duration
	resident  int64
}

// watchServer starts to measure the server's process when measuring begins; the function that it
// returns stops that.
func (s *Session) watchServer(p phase) func() serverUse {
	pid := s.target.PID
	if pid == 0 || p.fill {
		return func() serverUse { return serverUse{} }
	}
	type mark struct {
		cpu time.Duration
		at  time.Time
	}
	begun := make(chan mark, 1)
	quit := make(chan struct{})
	go func() {
		defer close(begun)
		select {
		case <-time.After(time.Duration(p.start - s.clock())):
			if c, err := sut.CPUTime(pid); err == nil {
				begun <- mark{c, time.Now()}
			}
		case <-quit:
		}
	}()
	return func() (u serverUse) {
		close(quit)
		c, err := sut.CPUTime(pid)
		if m, ok := <-begun; ok && err == nil {
			u.cpu, u.wall = c-m.cpu, time.Since(m.at)
		}
		u.resident, _ = sut.Resident(pid) // it may have ended
		return u
	}
}

// verdict says why the generator was the bottleneck; empty: it was not.
func (s *Session) verdict(r *result.Round) string {
	g := &r.Generator
	var load int64
	if g.Late != nil {
		load = g.Late.Count
	}
	switch {
	case load > 0 && g.Missed*100 > load:
		return fmt.Sprintf("%.1f%% of the requests that could have been sent in time were over 1 ms late: the generator had no time for them", 100*float64(g.Missed)/float64(load))
	case s.target.InProcess || s.target.Wire == nil || r.Seconds < 0.05:
		return "" // the generator shares a process with what it measures
	case s.plan.Rate == 0 && g.Busy > 0.92 && (s.target.PID == 0 || r.ServerBusy < 0.92):
		return fmt.Sprintf("its busiest thread used %.0f%% of a core and the target had time left: throughput is the generator's", 100*g.Busy)
	}
	return ""
}
