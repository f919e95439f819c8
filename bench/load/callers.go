package load

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// callers generate load by calling a library, from one goroutine per request in flight. They share one recorder, which
// each goroutine locks once for several requests.
type callers struct {
	s     *Session
	list  []*caller
	phase phase
	left  atomic.Int64
	last  atomic.Int64
	ctx   context.Context

	mu    sync.Mutex
	rec   *recorder
	flow  flow
	first error
}

func newCallers(ctx context.Context, s *Session, i, count int, p phase, rec *recorder) *callers {
	cs := &callers{s: s, rec: rec, ctx: context.WithoutCancel(ctx)}
	all := s.plan.Conns * s.plan.Depth
	for n := i; n < all; n += count {
		place, of := s.plan.turn(n, all)
		c := &caller{cs: cs, i: n, sequence: s.w.Sequence(place, of, p.round)}
		if p.feed != nil {
			c.sequence = p.feed.Sequence(s.w)
		}
		if p.fill {
			c.sequence = s.w.Fill(n, all)
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
		c.pace = newPace(cs.s, c.sequence, c.i, cs.s.plan.Conns*cs.s.plan.Depth, p)
		all.Go(func() { c.run(ctx) })
	}
	all.Wait()
	close(quit)
	marked.Wait()
	if d.wall > 0 {
		d.cpu, d.wall, d.calls = processCPU()-d.cpu, cs.s.clock()-d.wall, systemCalls()-d.calls
	}
	d.last, d.err, d.flow = cs.last.Load(), cs.first, cs.flow
	cs.rec.end()
	return d
}
