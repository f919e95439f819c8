//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"
)

// sample is what one round cost one server.
type sample struct {
	Requests int64   `json:"requests"`
	Micros   float64 `json:"us_cpu"`    // CPU a request, user and system
	System   float64 `json:"us_system"` // of it in the kernel, coarsely
	Rate     float64 `json:"per_second"`
	PerRead  float64 `json:"per_read,omitempty"` // requests a read; 0: not known
	Busy     float64 `json:"busy"`               // CPU time by time passed
	Others   float64 `json:"others"`             // share of both cores that other processes and interrupts used
}

// compare does the work w on all servers in turn.
func compare(ctx context.Context, o *options, w work) (row *row, err error) {
	folder, err := os.MkdirTemp("", "cpuratio")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // it holds nothing of worth
	row = newRow(w)
	var servers []*server
	defer func() {
		for _, s := range servers {
			_ = s.stop()
		}
	}()
	for _, name := range o.servers {
		s, err := startServer(ctx, o, name, folder)
		if err != nil && name == "redis"+secureSuffix {
			fmt.Printf("SKIPPED: %s does not start, perhaps it was built without TLS: %v\n", name, err)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("start %s: %w", name, err)
		}
		servers = append(servers, s)
		if err := s.prepare(ctx, w); err != nil {
			return nil, fmt.Errorf("fill %s: %w", name, err)
		}
		version, err := s.version()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		row.Servers = append(row.Servers, measured{Name: name, Version: version})
	}
	runtime.GC()
	for range o.rounds {
		for i, s := range servers {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			r, err := s.measure(o)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
			row.Servers[i].Rounds = append(row.Servers[i].Rounds, r)
		}
	}
	return row, nil
}

// prepare sets every key once and opens the connections of the load.
func (s *server) prepare(ctx context.Context, w work) (err error) {
	d := newDialect(s.kind, w.value)
	filling := w
	filling.conns, filling.depth, filling.sets = 4, max(1, min(250, 64<<10/(w.value+64))), 1
	next := uint64(0)
	fill, err := newLoad(s.address, filling, d, ascending(&next))
	if err != nil {
		return err
	}
	defer fill.close() //nolint:errcheck // done with it
	// What is under way when the last key was handed out adds a few keys more.
	if err := fill.run(func() bool { return next < uint64(w.keys) }); err != nil {
		return err
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	keys := uniform(w.keys, uint64(time.Now().UnixNano()))
	if w.streams {
		s.load, err = newStreams(s, w, d, keys)
	} else {
		s.load, err = newLoad(s.address, w, d, keys)
	}
	return err
}

// warmUp is how long the load runs before it is measured.
const warmUp = 200 * time.Millisecond

// others is how long others than the server and the load have used the two cores.
func (s *server) others(o *options) (time.Duration, error) {
	server, _, err1 := cpuTime(s.cmd.Process.Pid)
	load, _, err2 := cpuTime(os.Getpid())
	a, err3 := coreBusy(o.serverCore)
	b, err4 := coreBusy(o.loadCore)
	return a + b - server - load, errors.Join(err1, err2, err3, err4)
}

// measure does a round's work.
func (s *server) measure(o *options) (r sample, err error) {
	if err := s.load.run(lasting(warmUp)); err != nil {
		return r, err
	}
	pid := s.cmd.Process.Pid
	before, err := s.counts()
	if err != nil {
		return r, err
	}
	used, system, err := cpuTime(pid)
	if err != nil {
		return r, err
	}
	others, err := s.others(o)
	if err != nil {
		return r, err
	}
	began := time.Now()
	if err := s.load.run(lasting(o.span)); err != nil {
		return r, err
	}
	took := time.Since(began)
	usedAfter, systemAfter, err := cpuTime(pid)
	if err != nil {
		return r, err
	}
	othersAfter, err := s.others(o)
	if err != nil {
		return r, err
	}
	after, err := s.counts()
	if err != nil {
		return r, err
	}
	if after.misses != before.misses {
		return r, fmt.Errorf("%d of the keys asked for were not there", after.misses-before.misses)
	}
	r.Requests = after.requests - before.requests
	if r.Requests <= 0 {
		return r, errors.New("the server counted no requests")
	}
	n := float64(r.Requests)
	r.Micros = float64(usedAfter-used) / 1000 / n
	r.System = float64(systemAfter-system) / 1000 / n
	r.Rate = n / took.Seconds()
	r.Busy = float64(usedAfter-used) / float64(took)
	r.Others = max(0, float64(othersAfter-others)/float64(took)/2)
	if before.reads >= 0 {
		r.PerRead = n / float64(after.reads-before.reads)
	}
	return r, nil
}
