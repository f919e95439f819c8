package load

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// Session is one workload put on one target, over several rounds. It remembers between rounds
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
	told      atomic.Bool // example is set
	mu        sync.Mutex
	example   string              // the first error of a round, in words
	replySize [workload.Kinds]int // sizes of replies to batched requests
	keys      *keyTable           // for callers
	note      string

	gate func(context.Context) (time.Time, error) // of RunPart; nil: a round begins at once
	part *Part                                    // of the round; nil: RunPart was not called
}

// NewSession checks the plan and returns a session.
func NewSession(w *workload.Workload, t *sut.Target, plan Plan) (*Session, error) {
	if err := plan.Check(); err != nil {
		return nil, err
	}
	if t.Wire != nil && !rawConnections {
		return nil, errors.New("raw connections need Linux; client: and inproc: targets work everywhere")
	}
	if w.Has(workload.Command) {
		if t.Wire == nil {
			return nil, errors.New("commands of one's own need raw connections in RESP")
		}
		if _, ok := t.Wire.Dialect.(sut.RESP); !ok {
			return nil, errors.New("commands of one's own need RESP")
		}
	}
	if n := plan.Conns * plan.Depth * w.Spec.MGet; w.Has(workload.MGet) && n > 1<<20 {
		return nil, fmt.Errorf("%d keys in flight are too many; use fewer connections, less depth or a smaller mget", n)
	}
	s := &Session{w: w, plan: plan, target: t, wire: t.Wire, judge: newJudge(w, plan.Verify), base: time.Now()}
	if s.wire != nil {
		w := *s.wire
		w.ReceiveBuffer = plan.Reader.Buffer
		s.wire = &w
	} else if plan.Reader != (Reader{}) || plan.Churn > 0 {
		return nil, errors.New("how connections read, and how long they last, can be set only for raw connections, not for a library")
	}
	if plan.Batch {
		if err := s.checkBatches(); err != nil {
			return nil, err
		}
	}
	if s.wire == nil && w.Trace() == nil {
		s.keys = newKeyTable(w.Keys, t.InProcess)
	}
	if t.InProcess {
		s.empty = max(sut.OwnMemory()-t.Opened, 0)
	} else if t.PID != 0 {
		s.empty, _ = sut.Resident(t.PID) // unknown on some systems
	}
	return s, nil
}

// Measure fills a target and does one round.
func Measure(ctx context.Context, spec workload.Spec, seed uint64, t *sut.Target, plan Plan) (*result.Round, error) {
	w, err := workload.Compile(spec, seed)
	if err != nil {
		return nil, err
	}
	s, err := NewSession(w, t, plan)
	if err == nil {
		err = s.Fill(ctx, nil)
	}
	if err != nil {
		return nil, err
	}
	return s.Run(ctx, 0, nil)
}

func (s *Session) clock() int64 { return int64(time.Since(s.base)) }

// say keeps the text of the first error of a round.
func (s *Session) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.example == "" {
		s.example = fmt.Sprintf(format, args...)
		s.told.Store(true)
	}
}

// phase has the times at which a run measures and ends, by the session's clock.
type phase struct {
	// begin is when all workers start sending. Requests sent before start are not measured, and a short trace might be
	// over by then. 0: at once.
	begin      int64
	start, end int64
	drain      int64 // time after the end for outstanding replies
	quota      int64 // requests measured; 0: no bound
	fill       bool
	round      uint64
	feed       *workload.Feed // of the trace that is replayed; nil for other workloads
}

// Fill stores every key of the workload once, and sets the counters to 0.
func (s *Session) Fill(ctx context.Context, progress func(Progress)) error {
	if s.wire != nil && s.w.Has(workload.Incr) {
		if err := s.wire.MakeCounters(ctx, s.w.Counters(), s.w.Keys.AppendCounter); err != nil {
			return err
		}
	}
	if s.w.Spec.NoFill {
		s.fitted(ctx, sut.Holding{})
		return nil
	}
	before := s.holding(ctx)
	p := phase{start: math.MaxInt64 / 2, end: math.MaxInt64 / 2, drain: int64(s.plan.Timeout), fill: true}
	r, err := s.run(ctx, p, progress)
	if err != nil {
		return fmt.Errorf("filling: %w", err)
	}
	if n := r.ErrorCount(); n > s.plan.MaxErrors {
		return fmt.Errorf("filling: %d errors, the first: %s", n, r.Example)
	}
	s.fitted(ctx, before)
	return ctx.Err()
}

// Warm makes so many requests of the workload and measures none.
func (s *Session) Warm(ctx context.Context, requests int64) error {
	now := s.clock() + int64(time.Millisecond)
	p := phase{begin: now, start: now, end: now + int64(time.Hour), drain: int64(s.plan.Timeout), quota: requests, round: warmRound}
	if _, err := s.run(ctx, p, nil); err != nil {
		return fmt.Errorf("warming: %w", err)
	}
	return ctx.Err()
}

// warmRound is the number of a round that nobody asks for: its requests are others than those that are measured.
const warmRound = 1 << 32

// Run does one round. With ErrDied, ErrTooMany and the context's error it also returns what was measured
// until then.
func (s *Session) Run(ctx context.Context, round int, progress func(Progress)) (*result.Round, error) {
	now := s.clock() + int64(time.Millisecond)
	p := phase{begin: now, start: now + int64(s.plan.Warmup), drain: int64(s.plan.Timeout), quota: s.plan.Count, round: uint64(round)}
	p.end = p.start + int64(s.plan.Duration)
	if s.plan.Batch {
		p.start, p.end = math.MaxInt64/2, math.MaxInt64/2 // until exactly says when
	}
	r, err := s.replay(ctx, p, progress)
	if err != nil {
		return r, err
	}
	if ctx.Err() != nil {
		return r, ctx.Err()
	}
	s.excuse(ctx, r)
	if n := r.ErrorCount(); n > s.plan.MaxErrors {
		return r, fmt.Errorf("%w: %d, %d allowed; the first: %s", ErrTooMany, n, s.plan.MaxErrors, r.Example)
	}
	return r, nil
}
