package load

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

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
	last  int64 // time of the last measured reply; 0: none
	cpu   int64 // ns while measuring
	wall  int64
	calls int64 // read and write calls of this process while measuring, for libraries
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
		return "" // the generator and its target share this process
	case s.plan.Rate == 0 && g.Busy > 0.92 && (s.target.PID == 0 || r.ServerBusy < 0.92):
		return fmt.Sprintf("its busiest thread used %.0f%% of a core and the target had time left: throughput is the generator's", 100*g.Busy)
	}
	return ""
}
