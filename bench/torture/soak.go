//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// soakAttacks load a node for a long time; each fault is a second of it.
func soakAttacks(seconds int) []attack {
	return []attack{
		{family: "soak", name: "seconds of values of shifting sizes with TTLs, at the budget", full: seconds, quick: 4, lasts: time.Duration(seconds) * time.Second,
			settings: settings{common: map[string]any{"max_memory": maxMemory, "client_buffers": clientBuffers}},
			line:     passLine{slow: true, memory: true}, run: soak},
	}
}

// soakSizes are the means of value sizes, one after the other.
var soakSizes = []int{100, 4000, 30, 20_000, 700}

// soakRounds is how often each size is used.
const soakRounds = 10

// sample is the node at one moment.
type sample struct {
	at         float64 // hours
	resident   float64 // MB
	goroutines float64
}

// soaking is a running soak.
type soaking struct {
	*field
	began, end time.Time
	phase      time.Duration // how long each size lasts

	mu      sync.Mutex
	latency []*hdr.Histogram // of the workers' requests in each round of sizes
}

// soak fills the store to its budget again and again with values of shifting sizes, some of which expire. Once
// every size has been used, memory, goroutines and latency must be flat.
func soak(f *field) error {
	const workers = 2
	seconds := f.count
	s := &soaking{field: f, began: time.Now(), phase: time.Second * time.Duration(max(1, seconds/soakRounds/len(soakSizes)))}
	s.end = s.began.Add(time.Duration(seconds) * time.Second)
	failed := make(chan error, workers)
	for w := range workers {
		go func() { failed <- s.work(uint64(w)) }()
	}
	var samples []sample
	for time.Now().Before(s.end) {
		if err := sleep(f.ctx, time.Second); err != nil {
			return err
		}
		m, err := f.node.metrics(f.ctx)
		if err != nil {
			return err
		}
		f.done.Add(1)
		samples = append(samples, sample{time.Since(s.began).Hours(), float64(f.node.resident()) / (1 << 20), m["go_goroutines"]})
	}
	for range workers {
		if err := <-failed; err != nil {
			return err
		}
	}
	f.done.Store(int64(seconds)) // a scrape may take more than its second
	if err := f.flat(samples, s.round().Hours()); err != nil {
		return err
	}
	return f.steady(s.latency)
}

// round is the time in which every size is used once.
func (s *soaking) round() time.Duration { return s.phase * time.Duration(len(soakSizes)) }

// work does requests, one after the other.
func (s *soaking) work(who uint64) error {
	c, err := nodeprocess.Dial(s.ctx, s.node.address)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // done with it
	r := rand.New(rand.NewPCG(s.seed, 900+who))
	for version := uint32(0); time.Now().Before(s.end); version++ {
		began := time.Now()
		if err := s.request(c, r, who, version, soakSizes[int(began.Sub(s.began)/s.phase)%len(soakSizes)]); err != nil {
			return err
		}
		s.took(int(began.Sub(s.began)/s.round()), time.Since(began))
	}
	return nil
}

// request reads or writes one of the worker's keys.
func (s *soaking) request(c *peer, r *rand.Rand, who uint64, version uint32, size int) error {
	const first, keys = 3 << 20, 20_000
	key := first + who*keys + r.Uint64N(keys)
	if r.IntN(3) == 0 {
		rep, err := c.Do(20*time.Second, "GET", keyName(key))
		if err != nil {
			return err
		}
		if _, _, ok := s.values.Check(key, []byte(rep.Text)); !rep.Null && !ok {
			return fmt.Errorf("%s holds %v", keyName(key), rep)
		}
		return nil
	}
	args := []string{"SET", keyName(key), s.values.make(key, version, size/2+r.IntN(size))}
	if r.IntN(3) == 0 {
		args = append(args, "PX", fmt.Sprint(1+r.IntN(20_000)))
	}
	_, err := c.Do(20*time.Second, args...)
	return err
}

// took records the latency of a request of a round.
func (s *soaking) took(round int, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.latency) <= round {
		s.latency = append(s.latency, result.NewHistogram())
	}
	s.latency[round].RecordValue(d.Nanoseconds()) //nolint:errcheck // a longer latency would no longer be a soak
}
