package sut

import (
	"context"
	"fmt"
	"math"
	"net/url"
	"strings"
	"sync"
)

// Calibrator makes memory= of caches in this process mean the memory by which the process grows. Each cache has a bound of
// its own kind: of values without keys, of tables before garbage, of what is in use but not of what is reserved. So the
// bound that leads to the wanted memory is found by trial.
type Calibrator struct {
	// Measure returns by how much a process grows that has opened the target at u and used it until it was full. The URL
	// has bound=, which is passed to the cache as it is.
	Measure func(ctx context.Context, u string, o Options) (int64, error)

	mu    sync.Mutex
	known map[string]float64 // the bound to a byte of memory
}

const (
	calibrateAt = 32 << 20 // more memory is extrapolated from this
	closeEnough = 0.03
	mostTrials  = 6
)

// Opener is open with memory= calibrated. Without memory=, or with entries=, it is open.
func (c *Calibrator) Opener(name string, open Opener) Opener {
	return func(ctx context.Context, rest string, o Options) (*Target, error) {
		options, err := url.ParseQuery(strings.TrimPrefix(rest, "?"))
		if err != nil || options.Has("entries") || options.Has("bound") || !options.Has("memory") && o.Memory == 0 {
			return open(ctx, rest, o)
		}
		memory, _, err := BudgetOf(rest, o)
		if err != nil {
			return nil, err
		}
		bound, err := c.bound(ctx, name, memory, o)
		if err != nil {
			return nil, fmt.Errorf("finding the bound for %d bytes of resident memory: %w", memory, err)
		}
		o.Memory = 0
		return open(ctx, fmt.Sprintf("?bound=%d", bound), o)
	}
}

// bound is the bound with which a cache takes that much memory. What was found is kept for the entries of the same size.
func (c *Calibrator) bound(ctx context.Context, name string, memory int, o Options) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := min(memory, calibrateAt)
	key := fmt.Sprintf("%s %d %.0f", name, at, o.Mean)
	if ratio, ok := c.known[key]; ok {
		return int(ratio * float64(memory)), nil
	}
	best, found := float64(at), math.Inf(1) // a bound, and how far from the wanted memory it leads
	var bounds, sizes []float64
	next := float64(at) / 2
	for range mostTrials {
		u := fmt.Sprintf("%s?bound=%.0f", name, next)
		size, err := c.Measure(ctx, u, o)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", u, err)
		}
		bounds, sizes = append(bounds, next), append(sizes, float64(size))
		if off := math.Abs(float64(size)/float64(at) - 1); off < found {
			best, found = next, off
		}
		if found < closeEnough {
			break
		}
		next = approach(bounds, sizes, float64(at))
	}
	if found > 0.25 {
		return 0, fmt.Errorf("the nearest to %d bytes is off by %.0f%%", at, 100*found)
	}
	if c.known == nil {
		c.known = map[string]float64{}
	}
	c.known[key] = best / float64(at)
	return int(best / float64(at) * float64(memory)), nil
}

// approach is the next bound to try: on the line through the last two trials, or through 0 and the last one where these
// lead nowhere.
func approach(bounds, sizes []float64, want float64) float64 {
	n := len(bounds) - 1
	next := bounds[n] * want / max(sizes[n], 1)
	if n > 0 {
		if slope := (sizes[n] - sizes[n-1]) / (bounds[n] - bounds[n-1]); slope > 0.1 && !math.IsInf(slope, 0) {
			next = bounds[n] + (want-sizes[n])/slope
		}
	}
	return min(max(next, want/64), 4*want)
}
