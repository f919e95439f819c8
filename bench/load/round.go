package load

import (
	"context"
	"errors"
	"sync"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/cachegopher/cachegopher/bench/result"
)

// worker generates a share of the load.
type worker interface {
	run(p phase) done
	recorder() *recorder
	close()
}

// done is a worker's result.
type done struct {
	last     int64 // time of the last measured reply; 0: none
	cpu      int64 // ns while measuring
	wall     int64
	wait     int64          // ns while measuring for which the thread was ready to run and had no core
	blocked  int64          // ns of the measured time for which requests were due and all connections full
	ready    float64        // mean share of the connections that had something to read
	connects *hdr.Histogram // of those made while measuring; nil: not counted
	calls    int64          // read and write calls of this process while measuring, for libraries
	flow     flow
	err      error
}

func (s *Session) run(ctx context.Context, p phase, progress func(Progress)) (*result.Round, error) {
	s.example = ""
	s.told.Store(false)
	s.stop.Store(false)
	count := s.plan.Threads
	col := newCollector(int64(s.plan.Slice), count, progress)
	workers, err := s.newWorkers(ctx, count, p, col)
	if err != nil {
		return nil, err
	}
	for _, w := range workers {
		defer w.close()
		col.own(w.recorder())
	}
	if s.plan.Batch && !p.fill {
		return s.exactly(ctx, workers[0], p, col)
	}
	if err := s.await(ctx, &p); err != nil {
		return nil, err
	}
	s.postpone(&p, workers)
	if p.quota > 0 {
		p.quota = (p.quota + int64(count) - 1) / int64(count)
	}
	stopped := context.AfterFunc(ctx, func() { s.stop.Store(true) })
	defer stopped()
	watched := s.watch(p)
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
	use := watched()
	close(col.full)
	collecting.Wait()
	return s.finish(p, col, ends, use)
}

// postpone lets a round begin once all connections are made, if that took longer than was thought: what was due before
// would be late.
func (s *Session) postpone(p *phase, workers []worker) {
	late := s.clock() + int64(time.Millisecond) - p.begin
	if p.fill {
		return
	}
	if late > 0 {
		p.shift(late)
		if s.part != nil {
			s.part.Late = late
		}
	}
	for _, w := range workers {
		w.recorder().startAt(p.start)
	}
}

// newWorkers makes all workers and their connections; in a herd, those of all workers at once.
func (s *Session) newWorkers(ctx context.Context, count int, p phase, col *collector) ([]worker, error) {
	all, errs := make([]worker, count), make([]error, count)
	var making sync.WaitGroup
	for i := range count {
		make := func() { all[i], errs[i] = s.newWorker(ctx, i, count, p, col) }
		if s.plan.Herd && !p.fill {
			making.Go(make)
		} else if make(); errs[i] != nil {
			break
		}
	}
	making.Wait()
	err := errors.Join(errs...)
	for i, w := range all {
		if err != nil && w != nil && errs[i] == nil {
			w.close()
		}
	}
	return all, err
}

func (s *Session) newWorker(ctx context.Context, i, count int, p phase, col *collector) (worker, error) {
	rec := newRecorder(p.start, int64(s.plan.Slice), col.full)
	switch {
	case s.plan.Batch && !p.fill && s.plan.Blocking:
		return newBlockingBatches(ctx, s, p, rec)
	case s.plan.Batch && !p.fill:
		return newEpollBatches(ctx, s, p, rec)
	}
	if s.wire != nil {
		return newThread(ctx, s, i, count, p, rec)
	}
	return newCallers(ctx, s, i, count, p, rec), nil
}

// finish assembles a round's result.
func (s *Session) finish(p phase, col *collector, ends []done, use use) (*result.Round, error) {
	end := min(p.end, s.clock())
	var last int64
	var errs []error
	var self result.Self
	connects := result.NewHistogram()
	var all flow
	for _, d := range ends {
		last = max(last, d.last)
		errs = append(errs, d.err)
		self.CPU += float64(d.cpu) / 1e9
		self.Calls += d.calls
		all.add(&d.flow)
		if d.wall > 0 {
			self.Busy = max(self.Busy, float64(d.cpu)/float64(d.wall))
			self.Waited = max(self.Waited, float64(d.wait)/float64(d.wall))
		}
		if d.connects != nil {
			connects.Merge(d.connects)
		}
		self.Blocked = max(self.Blocked, float64(d.blocked)/float64(max(end-p.start, 1)))
		self.Ready = max(self.Ready, d.ready)
	}
	until := end
	if p.quota > 0 || s.w.Trace() != nil || p.fill || s.stop.Load() {
		until = last
	}
	seconds := float64(max(until-p.start, 0)) / 1e9
	if s.part != nil {
		if err := s.part.keep(col, connects); err != nil {
			return nil, err
		}
	}
	r, err := col.round(seconds, s.w.Both())
	if err != nil {
		return nil, err
	}
	self.Late, self.Missed = r.Generator.Late, r.Generator.Missed
	self.Stood = use.stood.Seconds()
	r.Generator = self
	r.Empty = s.empty
	r.Flow = result.Flow{Due: all.due, Sent: all.sent, Unsent: all.unsent, Drained: all.drained, Early: all.early, Good: all.good}
	if connects.TotalCount() > 0 {
		made := result.Summarize(connects)
		r.Connects = &made
	}
	use.show(r)
	if !p.fill && !s.plan.Batch {
		s.flow(r)
		s.judgeSides(r)
	}
	r.Example = s.example
	return r, errors.Join(errs...)
}

// missed reports whether a rate was missed: the requests that wait became more during the round, by over 1% of those due. What
// waits all the time for a slow target is no miss.
func (p *Plan) missed(r *result.Round) bool {
	f := &r.Flow
	grown := f.Due - (r.Requests - f.Drained) - f.Early
	return p.Rate > 0 && grown > max(f.Due/100, int64(p.Conns))
}

// flow completes the figures of what was wanted.
func (s *Session) flow(r *result.Round) {
	f := &r.Flow
	f.Asked, f.Within = s.plan.Rate, s.plan.Within.Seconds()
	if s.plan.Sample > 1 {
		f.Within = 0
	}
	f.Missed = s.plan.missed(r)
	if t := s.w.Trace(); t != nil && t.Timed() {
		s.traceFlow(r, t)
	}
}
