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
	shared       bool              // the machine: latency is not judged
	halves       bool              // of the quick run's attacks, one for each of two builds
	brief        map[string]string // nil: not the brief run; else the build that each of its attacks is done to
	only         *regexp.Regexp
	seed         uint64
	folder       string
	values       *valueMaker
	stands       *standing // nil before it is first wanted
	print        func(*outcome)
	outcomes     []*outcome
	nodes        int // started so far
}

// standing is a node with its well-behaved clients.
type standing struct {
	*node
	polite *polite
}

// racedShare divides the number of faults for the build with the race detector.
const racedShare = 5

// settleLimit bounds how long a node may take to return to its state before an attack, and briefSettle in the brief run, whose length is
// bounded also when it fails.
const (
	settleLimit = time.Minute
	briefSettle = 15 * time.Second
)

// politeRate and politeClients make 960 requests a second; politeSettle lets latency measured before an attack be
// that of a calm node.
const (
	politeRate    = 120
	politeClients = 8
)

// stand starts a node and its clients.
func (e *engine) stand(ctx context.Context, set settings, alone bool) (*standing, error) {
	e.nodes++
	n, err := single(e.programs, filepath.Join(e.folder, fmt.Sprintf("node%d-%v", e.nodes, e.raced)), e.raced, set)
	if err != nil {
		return nil, err
	}
	if err := n.start(); err != nil {
		return nil, err
	}
	s := &standing{node: n}
	if err := n.serving(ctx, 30*time.Second); err != nil {
		n.kill()
		return nil, fmt.Errorf("a node to attack: %w", err)
	}
	if !alone {
		plan := politePlan{Write: n.address, Secure: n.secure, Keys: n.folder, Exact: true, SignIn: set.security != nil, Clients: politeClients, Rate: politeRate, Seed: e.seed}
		if s.polite, err = startPolite(e.programs, plan); err != nil {
			n.kill()
			return nil, err
		}
		err := s.polite.working(ctx, politeClients)
		if err == nil {
			err = sleep(ctx, e.span(2*time.Second, 300*time.Millisecond)) // first writes
		}
		if err != nil {
			return nil, errors.Join(err, s.end())
		}
	}
	return s, nil
}

func (s *standing) end() error {
	s.polite.stop()
	return s.stop()
}

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

// does reports whether the i-th attack is one of this run and build. The quick run does each to one of two builds,
// drawn by the seed; the brief run says which.
func (e *engine) does(i int, a *attack) bool {
	if e.quick && (a.quick == 0 || e.halves && (e.seed>>(i%64)&1 == 1) != e.raced) {
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

// endStanding ends the shared node.
func (e *engine) endStanding() error {
	if e.stands == nil {
		return nil
	}
	err := e.stands.end()
	if e.stands = nil; err != nil {
		err = fmt.Errorf("the node that stood through all: %w", err)
	}
	return err
}

// one runs an attack. If it misses only the latency limit it runs again, at most twice, because others use the machine.
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

// standingFor returns the node that a attacks; nil for attacks with their own.
func (e *engine) standingFor(ctx context.Context, a *attack) (s *standing, err error) {
	switch {
	case a.group, a.outside:
		return nil, nil
	case a.settings.own():
		return e.stand(ctx, a.settings, a.line.alone)
	case e.stands == nil:
		if e.stands, err = e.stand(ctx, settings{}, false); err != nil {
			return nil, err
		}
	}
	return e.stands, nil
}

// attack runs an attack once.
func (e *engine) attack(ctx context.Context, a *attack, s *standing) *outcome {
	o := &outcome{Family: a.family, Name: a.name, Raced: e.raced, Planned: a.full}
	if e.quick {
		o.Planned = a.quick
	} else if e.raced { // ten times slower, and races show with fewer faults too
		o.Planned = max(a.full/racedShare, min(a.full, a.quick))
	}
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
	if err == nil {
		o.Calm, err = e.calm(ctx, s)
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
	o.Done, o.Notes = int(f.done.Load()), f.notes.all
	var more error
	if o.During, more = s.polite.take(); err == nil {
		err = more
	}
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

// calm measures what well-behaved clients see before an attack.
func (e *engine) calm(ctx context.Context, s *standing) (seen, error) {
	if s.polite == nil {
		return seen{}, nil
	}
	if _, err := s.polite.take(); err != nil {
		return seen{}, err
	}
	if err := sleep(ctx, e.span(2*time.Second, 200*time.Millisecond)); err != nil {
		return seen{}, err
	}
	return s.polite.take()
}

// settle waits until the resources used by an attack are released.
func (e *engine) settle(ctx context.Context, o *outcome, a *attack, s *standing, before counters) error {
	began := time.Now()
	limit := settleLimit
	if e.brief != nil {
		limit = briefSettle
	}
	var now counters
	err := eventually(ctx, limit, func() (err error) {
		if now, err = count(ctx, s.node); err != nil {
			return err
		}
		if what := left(before, now, e.raced || a.line.memory); what != "" {
			return errors.New(what + " are left")
		}
		return nil
	})
	o.Settled, o.Memory.After = time.Since(began), now.resident
	o.grown(a.line, before.metrics, now.metrics)
	var more error
	if o.After, more = s.polite.take(); err == nil {
		err = more
	}
	return err
}

// count reads the resources of a node that an attack may leave in use.
func count(ctx context.Context, n *node) (counters, error) {
	m, err := n.metrics(ctx)
	if err != nil {
		if !n.process.Alive() {
			err = errEnded
		}
		return counters{}, fmt.Errorf("read the node's metrics: %w", err)
	}
	used := int64(m[`cachegopher_memory_bytes{kind="keys_and_values"}`] + m[`cachegopher_memory_bytes{kind="overhead"}`])
	return counters{n.resident(), used, m["go_goroutines"], m["process_open_fds"], m["cachegopher_connections"], m, n.logLines()}, nil
}

// clean removes what nodes left, unless something failed.
func (e *engine) clean(failed bool) {
	if failed {
		fmt.Fprintln(os.Stderr, "what the nodes wrote is kept in", e.folder) //nolint:errcheck // nobody to tell
		return
	}
	os.RemoveAll(e.folder) //nolint:errcheck // a temporary folder
}
