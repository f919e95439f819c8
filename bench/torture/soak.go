//go:build linux

package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// soakAttacks last. Each fault is a second of mixed load.
func soakAttacks(seconds int) []attack {
	return []attack{
		{family: "soak", name: "seconds of values of shifting sizes with TTLs, at the budget", full: seconds, quick: 4,
			settings: settings{common: map[string]any{"max_memory": maxMemory, "client_buffers": clientBuffers}},
			line:     passLine{slow: true, memory: true}, run: soak},
	}
}

// soakSizes are the means of value sizes, one after the other.
var soakSizes = []int{100, 4000, 30, 20_000, 700}

// sample is the node at one moment.
type sample struct {
	at         float64 // hours
	resident   float64 // MB
	goroutines float64
}

// soak fills the store to its budget again and again with values of shifting sizes, some of which expire. Once all
// sizes have been, memory and goroutines must be flat.
func soak(f *field) error {
	const workers = 2
	began := time.Now()
	seconds := f.count
	phase := max(1, seconds/10/len(soakSizes)) // seconds of each size; every size comes ten times
	end := began.Add(time.Duration(seconds) * time.Second)
	failed := make(chan error, workers)
	for w := range workers {
		go func() { failed <- f.soakWorker(uint64(w), began, end, phase) }()
	}
	var samples []sample
	round := float64(phase*len(soakSizes)) / 3600
	for time.Now().Before(end) {
		if err := sleep(f.ctx, time.Second); err != nil {
			return err
		}
		m, err := f.node.metrics(f.ctx)
		if err != nil {
			return err
		}
		f.done.Add(1)
		samples = append(samples, sample{time.Since(began).Hours(), float64(f.node.resident()) / (1 << 20), m["go_goroutines"]})
	}
	for range workers {
		if err := <-failed; err != nil {
			return err
		}
	}
	f.done.Store(int64(seconds)) // a scrape may take more than its second
	return f.flat(samples, round)
}

// flat fits a line through what came after the first third, by averages of whole rounds of sizes.
func (f *field) flat(all []sample, round float64) error {
	var xs, mb, gs []float64
	start := all[len(all)-1].at / 3
	var sum sample
	n := 0
	for _, s := range all {
		if s.at < start {
			continue
		}
		sum.at, sum.resident, sum.goroutines, n = sum.at+s.at, sum.resident+s.resident, sum.goroutines+s.goroutines, n+1
		if s.at >= start+round {
			xs, mb, gs = append(xs, sum.at/float64(n)), append(mb, sum.resident/float64(n)), append(gs, sum.goroutines/float64(n))
			start, sum, n = s.at, sample{}, 0
		}
	}
	if len(xs) < 4 {
		f.notes.add("too short to fit a slope")
		return nil
	}
	slope, spread := fit(xs, mb)
	more, _ := fit(xs, gs)
	f.notes.add("resident memory %.0f MB on average, slope %+.1f MB an hour give or take %.1f, goroutines %+.1f an hour", mean(mb), slope, spread, more)
	if slope-2*spread > 1 {
		return fmt.Errorf("resident memory grows by %.1f MB an hour, give or take %.1f", slope, spread)
	}
	if more*(xs[len(xs)-1]-xs[0]) > 4 {
		return errors.New("the number of goroutines grows")
	}
	return nil
}

func (f *field) soakWorker(who uint64, began, end time.Time, phase int) error {
	c, err := connect(f.ctx, f.node.address)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // done with it
	r := rand.New(rand.NewPCG(f.seed, 900+who))
	for version := uint32(0); time.Now().Before(end); version++ {
		size := soakSizes[int(time.Since(began).Seconds())/phase%len(soakSizes)]
		const first, keys = 3 << 20, 20_000
		key := first + who*keys + r.Uint64N(keys)
		if r.IntN(3) == 0 {
			rep, err := c.do(20*time.Second, "GET", keyName(key))
			if err != nil {
				return err
			}
			if _, _, ok := f.values.Check(key, []byte(rep.Text)); !rep.Null && !ok {
				return fmt.Errorf("%s holds %v", keyName(key), rep)
			}
			continue
		}
		args := []string{"SET", keyName(key), f.values.make(key, version, size/2+r.IntN(size))}
		if r.IntN(3) == 0 {
			args = append(args, "PX", fmt.Sprint(1+r.IntN(20_000)))
		}
		if _, err := c.do(20*time.Second, args...); err != nil {
			return err
		}
	}
	return nil
}
