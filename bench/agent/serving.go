package agent

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// serving is an agent's side of one connection: one target, and the load on it.
type serving struct {
	a *Agent
	l *link

	target  *sut.Target
	session *load.Session
	start   chan int64 // when a round begins, by the agent's monotonic clock

	told time.Time     // when progress was told last
	cpu  time.Duration // of this process, then

	working sync.WaitGroup     // what was asked and takes long
	stop    context.CancelFunc // ends it; nil: nothing was asked
	idle    chan struct{}      // closed when it has ended
}

// run answers the driver until it leaves.
func (s *serving) run(ctx context.Context) error {
	defer s.working.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // before waiting
	for {
		m, err := s.l.receive(mostMessage)
		if err != nil {
			return err
		}
		switch m.Kind {
		case sayAlive:
		case askClock:
			now := s.a.clocks.now()
			err = s.l.send(&message{Kind: sayTime, Clock: &now})
		case sayStop:
			if s.stop != nil {
				s.stop()
			}
		case sayStart:
			if m.Clock == nil || len(s.start) > 0 {
				return errors.New("a start without a time, or a second one")
			}
			s.start <- m.Clock.Mono
		default:
			err = s.begin(ctx, m)
		}
		if err != nil {
			return err
		}
	}
}

// begin does what takes long, while clocks are still told. One such thing is done at a time.
func (s *serving) begin(ctx context.Context, m *message) error {
	do := map[kind]func(context.Context, *message) *message{askHolds: s.holds, askOpen: s.open, askFill: s.fill, askRound: s.round}[m.Kind]
	if do == nil {
		return fmt.Errorf("message %q: there is none", m.Kind)
	}
	if s.idle != nil {
		select {
		case <-s.idle:
		case <-time.After(s.a.Patience): // the driver has the answer; only the goroutine that sent it may still run
			return fmt.Errorf("asked for %s before the answer to what came before", m.Kind)
		}
		s.stop()
	}
	ctx, s.stop = context.WithCancel(ctx)
	idle := make(chan struct{})
	s.idle = idle
	s.working.Go(func() {
		defer close(idle)
		if err := s.l.send(do(ctx, m)); err != nil {
			s.a.Log("%s: %v", s.l.conn.RemoteAddr(), err)
			s.l.conn.Close() //nolint:errcheck // so that the driver does not wait for it
		}
	})
	return nil
}

// answer makes a message of a kind with an error's text.
func answer(k kind, err error) *message {
	m := &message{Kind: k}
	if err != nil {
		m.Error = err.Error()
	}
	return m
}

// connect opens a target.
func (s *serving) connect(ctx context.Context, u string, o sut.Options) (*sut.Target, error) {
	if err := CheckTarget(u); err != nil {
		return nil, err
	}
	return s.a.Schemes.Open(ctx, u, o)
}

func (s *serving) holds(ctx context.Context, m *message) *message {
	if m.Open == nil {
		return answer(sayHeld, errors.New("no target is named"))
	}
	t, err := s.connect(ctx, m.Open.URL, sut.Options{Timeout: m.Open.Timeout})
	if err != nil {
		return answer(sayHeld, err)
	}
	h, err := t.Holds(ctx)
	if err != nil {
		h.Entries = -1
	}
	out := answer(sayHeld, t.Close())
	out.Entries = h.Entries
	return out
}

func (s *serving) open(ctx context.Context, m *message) *message {
	if m.Open == nil || s.target != nil {
		return answer(sayOpened, errors.New("no target is named, or a second one"))
	}
	o := m.Open
	o.Plan.Cores = s.a.Cores
	w, err := workload.Compile(o.Spec, o.Seed)
	if err != nil {
		return answer(sayOpened, err)
	}
	if s.target, err = s.connect(ctx, o.URL, sut.Options{Keys: w.Keys.Len(), Mean: w.MeanSize, Timeout: o.Plan.Timeout}); err != nil {
		return answer(sayOpened, err)
	}
	s.session, err = load.NewSession(w, s.target, o.Plan)
	out := answer(sayOpened, err)
	out.Opened = s.target.Version
	return out
}

// fill fills the target, or notes what the agent that filled it expects.
func (s *serving) fill(ctx context.Context, m *message) *message {
	switch {
	case s.session == nil:
		return answer(sayFilled, errors.New("no target is open"))
	case m.Expected != nil:
		s.session.Filled(*m.Expected)
		return answer(sayFilled, nil)
	}
	out := answer(sayFilled, s.session.Fill(ctx, s.tell))
	e := s.session.Expected()
	out.Expected, out.Note = &e, s.session.Note()
	return out
}

func (s *serving) round(ctx context.Context, m *message) *message {
	if s.session == nil {
		return answer(sayDone, errors.New("no target is open"))
	}
	select {
	case <-s.start: // of a round that was stopped
	default:
	}
	part, err := s.session.RunPart(ctx, m.Round, s.gate, s.tell)
	out := answer(sayDone, err)
	out.Part, out.Note = part, s.session.Note()
	return out
}

// gate tells the driver that the connections are made, and waits until it says when to begin.
func (s *serving) gate(ctx context.Context) (time.Time, error) {
	if err := s.l.send(&message{Kind: sayReady}); err != nil {
		return time.Time{}, err
	}
	select {
	case mono := <-s.start:
		at := s.a.clocks.at(mono)
		if wait := time.Until(at); wait > time.Minute {
			return at, fmt.Errorf("told to begin in %s: clocks are wrong", wait)
		}
		return at, nil
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	}
}

// tell tells the driver of progress, with the processor time that this process took since the last.
func (s *serving) tell(p load.Progress) {
	at, cpu := time.Now(), load.SelfCPU()
	if wall := at.Sub(s.told); wall > 0 && !s.told.IsZero() {
		p.Busy = (cpu - s.cpu).Seconds() / wall.Seconds()
	}
	s.told, s.cpu = at, cpu
	s.l.send(&message{Kind: sayProgress, Progress: &p}) //nolint:errcheck // the receiver finds out
}

// close closes the target.
func (s *serving) close() error {
	if s.target == nil {
		return nil
	}
	return s.target.Close()
}
