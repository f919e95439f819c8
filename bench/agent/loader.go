package agent

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/result"
)

// Loader is the load of all agents on one target.
type Loader struct {
	d       *Driver
	plan    load.Plan // the whole
	both    bool      // there are reads and writes
	members []*member
	version string

	mu   sync.Mutex
	note string
}

// Version is the target's.
func (s *Loader) Version() string { return s.version }

// Note is what the fill has shown, for people; empty: nothing unusual.
func (s *Loader) Note() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.note
}

// Close ends the connections to the agents, which then close the target.
func (s *Loader) Close() error {
	var errs []error
	for _, m := range s.members {
		if m != nil {
			errs = append(errs, m.close())
		}
	}
	return errors.Join(errs...)
}

// Fill lets the first agent fill the target, and tells the others what it expects since then.
func (s *Loader) Fill(ctx context.Context, progress func(load.Progress)) error {
	m := s.members[0]
	m.watch(progress)
	defer m.watch(nil)
	if err := m.l.send(&message{Kind: askFill}); err != nil {
		return fmt.Errorf("agent %s: %w", m.address, err)
	}
	x, err := s.finish(ctx, m, sayFilled, 0)
	if err != nil {
		return err
	}
	if x.Expected == nil {
		return fmt.Errorf("agent %s filled the target and does not say what it expects", m.address)
	}
	s.tell(x.Note)
	return each(len(s.members)-1, func(i int) error {
		ctx, cancel := within(ctx, s.d.patience(), "answer")
		defer cancel()
		_, err := s.members[i+1].ask(ctx, &message{Kind: askFill, Expected: x.Expected}, sayFilled)
		return err
	})
}

// finish waits for the answer to what lasts for so long (0: as long as the agent lives), and stops it if ctx ends first. The answer
// then has what was done until then.
func (s *Loader) finish(ctx context.Context, m *member, want kind, lasts time.Duration) (*message, error) {
	patient := context.WithoutCancel(ctx)
	if lasts > 0 {
		bound, cancel := within(patient, lasts+s.plan.Timeout+3*s.d.patience(), "end of the round")
		defer cancel()
		patient = bound
	}
	patient, giveUp := context.WithCancelCause(patient)
	defer giveUp(nil)
	stopped := context.AfterFunc(ctx, func() {
		m.stop()
		t := time.NewTimer(s.plan.Timeout + s.d.patience())
		defer t.Stop()
		select {
		case <-t.C:
			giveUp(errors.New("it was told to stop and did not"))
		case <-patient.Done():
		}
	})
	defer stopped()
	x, err := m.await(patient, want)
	if x == nil && patient.Err() != nil {
		m.stop()
	}
	return x, err
}

// Run does one round: the agents make their connections, their clocks are read, they begin at the same moment, and what they
// have measured is merged. If one fails the others are stopped, and the round has what they measured until then.
func (s *Loader) Run(ctx context.Context, round int, progress func(load.Progress)) (*result.Round, error) {
	within, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	offsets, err := s.prepare(within, round, fail)
	if err != nil {
		return nil, blame(ctx, within, err)
	}
	merged := newProgress(len(s.members), progress)
	for i, m := range s.members {
		m.watch(merged.of(i))
		defer m.watch(nil)
	}
	parts, errs := s.measure(within, offsets, fail)
	var whole []*load.Part
	for _, p := range parts {
		if p != nil {
			whole = append(whole, p)
		}
	}
	if len(whole) == 0 {
		return nil, blame(ctx, within, errors.Join(errs...))
	}
	r, err := load.Merge(whole, &s.plan, s.both)
	if err != nil {
		return nil, fmt.Errorf("merge what the agents measured: %w", err)
	}
	s.shares(r, parts, errs, offsets)
	if err := errors.Join(errs...); err != nil || ctx.Err() != nil {
		return r, blame(ctx, within, err)
	}
	if n := r.ErrorCount(); n > s.plan.MaxErrors {
		return r, fmt.Errorf("%w: %d, %d allowed; the first: %s", load.ErrTooMany, n, s.plan.MaxErrors, r.Example)
	}
	return r, nil
}

// blame is the error of a round: that of the agent that failed first, for which the others were stopped. If the round was
// interrupted, no agent is to blame.
func blame(ctx, within context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if first := context.Cause(within); first != nil {
		return first
	}
	return err
}

// lead is the time between saying when to begin and beginning.
const lead = 50 * time.Millisecond

// prepare lets all agents make their connections and reads their clocks.
func (s *Loader) prepare(ctx context.Context, round int, fail context.CancelCauseFunc) ([]offset, error) {
	n := len(s.members)
	err := each(n, func(i int) error {
		m := s.members[i]
		err := m.l.send(&message{Kind: askRound, Round: round})
		if err == nil {
			_, err = s.finish(ctx, m, sayReady, time.Minute)
		}
		if err != nil {
			fail(err) // the others stop waiting
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	offsets := make([]offset, n)
	return offsets, each(n, func(i int) (err error) {
		c, cancel := within(ctx, s.d.patience(), "time of its clock")
		defer cancel()
		if offsets[i], err = s.members[i].clock(c, &s.d.clocks); err != nil {
			fail(err)
		}
		return err
	})
}

// measure starts the round and collects the parts. Those of agents that failed may be nil.
func (s *Loader) measure(ctx context.Context, offsets []offset, fail context.CancelCauseFunc) ([]*load.Part, []error) {
	n := len(s.members)
	far := time.Duration(0)
	for _, o := range offsets {
		far = max(far, 4*o.unknown)
	}
	begin := time.Duration(s.d.clocks.now().Mono) + lead + far
	parts, errs := make([]*load.Part, n), make([]error, n)
	each(n, func(i int) error { //nolint:errcheck // they are in errs
		m := s.members[i]
		err := m.l.send(&message{Kind: sayStart, Clock: &moment{Mono: int64(begin + offsets[i].mono)}})
		var x *message
		if err == nil {
			x, err = s.finish(ctx, m, sayDone, s.plan.Warmup+s.plan.Duration+s.plan.Timeout)
		}
		if x != nil && x.Part != nil && x.Part.Round != nil {
			parts[i] = x.Part
		}
		if x != nil && x.Note != "" {
			s.tell(x.Note)
		}
		if err == nil && parts[i] == nil {
			err = fmt.Errorf("agent %s measured nothing", m.address)
		}
		if err != nil && ctx.Err() == nil {
			fail(err)
		} else if err != nil && parts[i] != nil {
			err = nil // it was stopped
		}
		errs[i] = err
		return nil
	})
	return parts, errs
}
