package load

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/sut"
)

// mark holds the readings taken right before and right after a measurement, while no request is in flight.
type mark struct {
	stats               sut.Stats // Requests is -1 if the server does not count
	cpu, system, others time.Duration
	at                  time.Time
}

// mark reads clocks and the server's counters. Asking for counters costs the server CPU, so the clocks are read
// between the two requests for counters: after the first, before the second.
func (s *Session) mark(ctx context.Context, before bool) (m mark, err error) {
	var errs [5]error
	pid := s.target.PID
	if before {
		m.stats, errs[0] = s.counters(ctx)
	}
	m.cpu, errs[1] = sut.CPUTime(pid)
	m.system, errs[2] = sut.SystemTime(pid)
	own, err := sut.CPUTime(os.Getpid())
	errs[3] = err
	cores := append(s.plan.Cores[:len(s.plan.Cores):len(s.plan.Cores)], s.target.Cores...)
	m.others, errs[4] = sut.CoreTime(cores)
	m.others -= m.cpu + own
	m.at = time.Now()
	if !before {
		m.stats, errs[0] = s.counters(ctx)
	}
	return m, errors.Join(errs[:]...)
}

// counters asks for the server's counters.
func (s *Session) counters(ctx context.Context) (sut.Stats, error) {
	n, err := s.target.Stats(ctx)
	if errors.Is(err, sut.ErrNoCounters) {
		return sut.Stats{Requests: -1, Reads: -1}, nil
	}
	return n, err
}

// exactly runs a round of batches: a warm-up and then the measurement, each until all replies have arrived. Right before
// and after it reads the server's CPU clock and the server's own count of requests.
func (s *Session) exactly(ctx context.Context, w worker, p phase, col *collector) (*result.Round, error) {
	var collecting sync.WaitGroup
	collecting.Go(col.run)
	d, before, after, err := s.between(ctx, w, &p)
	w.recorder().end()
	close(col.full)
	collecting.Wait()
	if err != nil {
		return nil, err
	}
	resident, _ := sut.Resident(s.target.PID) // it may have ended
	r, err := s.finish(p, col, []done{d}, use{cpu: after.cpu - before.cpu, wall: after.at.Sub(before.at), resident: resident})
	if err != nil {
		return nil, err
	}
	if missed := after.stats.Misses - before.stats.Misses; missed != 0 {
		return nil, fmt.Errorf("%d of the keys asked for were not there", missed)
	}
	if before.stats.Requests >= 0 { // else what was answered here
		r.Requests = after.stats.Requests - before.stats.Requests
	}
	if r.Requests <= 0 {
		return nil, errors.New("the server counted no requests")
	}
	r.Seconds = after.at.Sub(before.at).Seconds()
	r.ServerSystem = (after.system - before.system).Seconds()
	r.Others = max(0, (after.others-before.others).Seconds()/r.Seconds/float64(max(1, len(s.plan.Cores)+len(s.target.Cores))))
	if before.stats.Reads >= 0 {
		r.ServerReads = after.stats.Reads - before.stats.Reads
	}
	return r, nil
}

// between runs the warm-up and the measurement, and takes the marks around the measurement.
func (s *Session) between(ctx context.Context, w worker, p *phase) (d done, before, after mark, err error) {
	p.end = s.clock() + int64(s.plan.Warmup)
	if d = w.run(*p); d.err != nil {
		return d, before, after, d.err
	}
	if before, err = s.mark(ctx, true); err != nil {
		return d, before, after, err
	}
	p.start = s.clock()
	p.end = p.start + int64(s.plan.Duration)
	w.recorder().restart(p.start)
	if d = w.run(*p); d.err != nil {
		return d, before, after, d.err
	}
	after, err = s.mark(ctx, false)
	return d, before, after, err
}
