//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// engine runs attacks one after the other.
type engine struct {
	programs
	quick, raced bool
	shared       bool              // other programs use the machine: latency is not judged
	halves       bool              // each attack of the quick run is done to one of two builds
	brief        map[string]string // the build that each attack of the brief run is done to; nil: not the brief run
	only         *regexp.Regexp
	seed         uint64
	folder       string
	values       *valueMaker
	stands       *standing // the shared node; nil until an attack needs it
	print        func(*outcome)
	outcomes     []*outcome
	nodes        int // started so far
}

// racedShare divides the number of faults for the build with the race detector.
const racedShare = 5

func (e *engine) span(full, quick time.Duration) time.Duration {
	if e.quick {
		return quick
	}
	return full
}

// run runs the selected attacks.
func (e *engine) run(ctx context.Context, attacks []attack) error {
	for i := range attacks {
		a := &attacks[i]
		if !e.does(i, a) {
			continue
		}
		o, err := e.one(ctx, a)
		if err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		if ctx.Err() != nil { // in the middle of it
			return errors.Join(fmt.Errorf("interrupted at %s: %w", a.name, context.Cause(ctx)), e.endStanding())
		}
		e.outcomes = append(e.outcomes, o)
		e.print(o)
	}
	return e.endStanding()
}

// does reports whether the i-th attack is one of this run and build. One without faults is not, since it would pass. The quick run
// does each to one of two builds, drawn by the seed; the brief run says which.
func (e *engine) does(i int, a *attack) bool {
	if e.faults(a) == 0 || e.quick && e.halves && (e.seed>>(i%64)&1 == 1) != e.raced {
		return false
	}
	build := "plain"
	if e.raced {
		build = "race"
	}
	if e.brief != nil && e.brief[a.family+": "+a.name] != build {
		return false
	}
	return !(e.raced && a.plainOnly) && (e.only == nil || e.only.MatchString(a.family+": "+a.name))
}

// one runs an attack. If it misses only the latency limit it runs again, at most twice, because other programs use the machine.
func (e *engine) one(ctx context.Context, a *attack) (*outcome, error) {
	for try := 1; ; try++ {
		s, err := e.standingFor(ctx, a)
		if err != nil {
			return nil, err
		}
		o := e.attack(ctx, a, s)
		if s != nil && s != e.stands {
			if err := s.end(); err != nil {
				o.Failures = append(o.Failures, err.Error())
			}
		} else if s != nil && !s.process.Alive() {
			o.Failures = append(o.Failures, fmt.Sprintf("the node has ended: %v", s.faults()))
			s.polite.stop()
			e.stands = nil
		}
		o.Tries = try
		if try == 3 || len(o.Failures) != 1 || !o.missed(a.line, e.quick || e.shared) || ctx.Err() != nil {
			return o, nil
		}
	}
}

// faults is how many faults the run does of an attack.
func (e *engine) faults(a *attack) int {
	switch {
	case e.quick:
		return a.quick
	case e.raced: // ten times slower, and races show with fewer faults too
		return max(a.full/racedShare, min(a.full, a.quick), min(a.full, 1))
	}
	return a.full
}

// attack runs an attack once.
func (e *engine) attack(ctx context.Context, a *attack, s *standing) *outcome {
	o := &outcome{Family: a.family, Name: a.name, Raced: e.raced, Planned: e.faults(a)}
	f := &field{ctx: ctx, count: o.Planned, quick: e.quick, raced: e.raced, seed: e.seed, values: e.values, program: e.programs, folder: filepath.Join(e.folder, "group")}
	if s == nil {
		var err error
		if a.prepare != nil {
			err = a.prepare(f)
		}
		switch began := time.Now(); {
		case err != nil:
		case a.outside:
			f.ctx = ctx
			err = a.run(f)
			o.Took = time.Since(began)
		default:
			err = e.onGroup(ctx, f, a, o)
		}
		o.Done, o.Notes = int(f.done.Load()), f.notes.all
		o.judge(a.line, maxMemory+clientBuffers+allowedAbove, e.quick || e.shared, err)
		return o
	}
	f.node = s.node
	before, err := count(ctx, s.node)
	var beside *standing
	if err == nil {
		beside, err = e.control(ctx, a)
		defer beside.leave()
	}
	if err == nil {
		err = e.calm(ctx, o, s, beside)
	}
	s.resetPeak()
	began := time.Now()
	if err == nil {
		limit, cancel := a.bound(ctx)
		f.ctx = limit
		err = a.run(f)
		cancel()
	}
	o.Took = time.Since(began)
	var more, besides error
	o.During, more = s.polite.take()
	o.Beside, besides = beside.clients().take()
	if err == nil {
		err = errors.Join(more, besides)
	}
	if beside != nil {
		f.notes.add("%s", o.compared())
	}
	o.Done, o.Notes = int(f.done.Load()), f.notes.all
	o.Memory = memory{before.resident, s.peak(), s.resident()}
	o.LogLines = s.logLines() - before.log
	if s.process.Alive() {
		err = errors.Join(err, e.settle(ctx, o, a, s, before))
	}
	o.judge(a.line, s.memory, e.quick || e.shared, err)
	if err := s.faults(); err != nil {
		o.Failures = append(o.Failures, err.Error())
	}
	return o
}

// clean removes the nodes' files, unless something failed.
func (e *engine) clean(failed bool) {
	if failed {
		fmt.Fprintln(os.Stderr, "what the nodes wrote is kept in", e.folder) //nolint:errcheck // nobody to tell
		return
	}
	os.RemoveAll(e.folder) //nolint:errcheck // a temporary folder
}
