package sut

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"strings"
	"sync"
)

// Calibrator makes memory= of caches in this process mean the memory by which the process grows. Each cache has a bound of
// its own kind: of values without keys, of tables before garbage, of what is in use but not of what is reserved. So the
// bound that leads to the wanted memory is found by trial, with the work of the run. Below LeastResident there is no such bound, and
// the memory is the cache's own.
type Calibrator struct {
	// Measure returns by how much a process grows that has opened the target at u and done the work of o.Trial. The URL has
	// bound=, which is passed to the cache as it is.
	Measure func(ctx context.Context, u string, o Options) (int64, error)

	mu    sync.Mutex
	known map[string]calibration
}

// calibration is a bound, and the resident memory to which it leads.
type calibration struct{ bound, resident float64 }

// LeastResident is the least memory in bytes that is calibrated. The run itself makes a process grow by some 3 MB, which is nearly
// all that could be measured of a smaller cache.
const LeastResident = 16 << 20

const (
	closeEnough = 0.03 // of the wanted memory
	tooFar      = 0.10
	mostTrials  = 8
)

// Opener is open with memory= calibrated. Without memory=, with too little of it, or with entries=, it is open.
func (c *Calibrator) Opener(name string, open Opener) Opener {
	return func(ctx context.Context, rest string, o Options) (*Target, error) {
		options, err := url.ParseQuery(strings.TrimPrefix(rest, "?"))
		if err != nil || options.Has("entries") || options.Has("bound") || !options.Has("memory") && o.Memory == 0 {
			return open(ctx, rest, o)
		}
		memory, _, err := budget(options, o)
		if err != nil || memory < LeastResident {
			return open(ctx, rest, o) // which returns the same error
		}
		options.Del("memory")
		other := ""
		if len(options) > 0 {
			other = "&" + options.Encode()
		}
		found, err := c.find(ctx, name, other, memory, o)
		if err != nil {
			return nil, fmt.Errorf("finding the bound for %d bytes of resident memory: %w", memory, err)
		}
		o.Memory = 0
		t, err := open(ctx, fmt.Sprintf("?bound=%.0f%s", found.bound, other), o)
		if err == nil {
			t.Lone = int64(found.resident)
		}
		return t, err
	}
}

// find is the bound with which a cache of these other options takes that much memory. What was found is kept for the same work.
func (c *Calibrator) find(ctx context.Context, name, other string, memory int, o Options) (calibration, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o.Trial = trialOf(memory, &o)
	work, err := json.Marshal(o.Trial)
	if err != nil {
		return calibration{}, err
	}
	key := fmt.Sprintf("%s%s %d %s", name, other, memory, work)
	if known, ok := c.known[key]; ok {
		return known, nil
	}
	found, err := c.try(ctx, name, other, float64(memory), o)
	if err == nil {
		if c.known == nil {
			c.known = map[string]calibration{}
		}
		c.known[key] = found
	}
	return found, err
}

// try makes trials until one leads close to the wanted memory.
func (c *Calibrator) try(ctx context.Context, name, other string, want float64, o Options) (best calibration, err error) {
	var all []calibration
	found := math.Inf(1) // how far the best is from the wanted memory
	for next := want / 2; len(all) < mostTrials && found > closeEnough; next = approach(all, want) {
		u := fmt.Sprintf("%s?bound=%.0f%s", name, next, other)
		size, err := c.Measure(ctx, u, o)
		if err != nil {
			return best, fmt.Errorf("%s: %w", u, err)
		}
		this := calibration{math.Round(next), float64(size)}
		if all = append(all, this); unfilled(all, want) {
			return this, nil
		}
		if off := math.Abs(this.resident/want - 1); off < found {
			best, found = this, off
		}
	}
	if found > tooFar {
		return best, fmt.Errorf("the nearest is off by %.0f%%", 100*found)
	}
	return best, nil
}

// unfilled reports whether the work does not fill the cache: a bound that is greater by half takes no more memory, and less
// than is wanted.
func unfilled(all []calibration, want float64) bool {
	n := len(all) - 1
	return n > 0 && all[n].bound >= 1.5*all[n-1].bound && all[n].resident < 0.9*want && all[n].resident < 1.05*all[n-1].resident
}

// approach is the next bound to try: on the line through the nearest trials on both sides of the wanted memory, or through 0
// and the nearest one if all are on one side.
func approach(all []calibration, want float64) float64 {
	below, above := calibration{}, calibration{math.Inf(1), math.Inf(1)}
	for _, t := range all {
		if t.resident <= want && t.bound > below.bound {
			below = t
		}
		if t.resident > want && t.bound < above.bound {
			above = t
		}
	}
	switch {
	case math.IsInf(above.bound, 1):
		return min(below.bound*max(1.02, want/max(below.resident, 1)), 2*max(below.bound, want))
	case below.bound >= above.bound: // noise
		return (below.bound + above.bound) / 2
	}
	share := (want - below.resident) / (above.resident - below.resident)
	return below.bound + min(max(share, 0.05), 0.95)*(above.bound-below.bound)
}
