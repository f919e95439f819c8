//go:build linux

package moves

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/cachegopher/cachegopher/bench/result"
)

const (
	workers  = 128 // each has at most one request under way
	writesIn = 10  // one of so many requests is a write
)

// phases of a load.
const (
	warming = iota // connections are opened
	before
	during // the slots move
	after
	phases
)

// tally is what one client's requests in one phase found.
type tally struct {
	Requests, Errors, Misses, Stale, Wrong int
	Write                                  time.Duration // the longest
	First                                  error         // of Errors
	causes                                 failures      // of Errors, by client and cause
	Odd                                    error         // the first of the other faults
	latency                                *hdr.Histogram
}

func (t *tally) add(o *tally) {
	t.Requests += o.Requests
	t.Errors += o.Errors
	t.Misses += o.Misses
	t.Stale += o.Stale
	t.Wrong += o.Wrong
	t.Write = max(t.Write, o.Write)
	if t.First == nil {
		t.First = o.First
	}
	t.causes = t.causes.add(o.causes)
	if t.Odd == nil {
		t.Odd = o.Odd
	}
	if t.latency == nil {
		t.latency = result.NewHistogram()
	}
	if o.latency != nil {
		t.latency.Merge(o.latency)
	}
}

// load makes requests at a fixed rate on behalf of all stores.
type load struct {
	ledger *ledger
	stores []store
	phase  atomic.Int32
	idle   sync.RWMutex // held for reading by each request
	cancel context.CancelFunc
	work   sync.WaitGroup
	byWork [workers][phases]tally // of each worker
}

// startLoad starts a load of rate requests a second. Worker i uses store i modulo their number.
func startLoad(l *ledger, stores []store, rate int, seed uint64) *load {
	ctx, cancel := context.WithCancel(context.Background())
	d := &load{ledger: l, stores: stores, cancel: cancel}
	for i := range workers {
		d.work.Go(func() {
			d.worker(ctx, i, time.Duration(workers)*time.Second/time.Duration(rate), rand.New(rand.NewPCG(seed, uint64(i))))
		})
	}
	return d
}

// worker makes a request each interval. Those that are due while one is under way follow it at once, and their latency counts
// from when they were due.
func (d *load) worker(ctx context.Context, i int, every time.Duration, rng *rand.Rand) {
	due := time.Now().Add(time.Duration(rng.Int64N(int64(every))))
	s := &d.stores[i%len(d.stores)]
	buffer := make([]byte, 0, 2*valueSize)
	for ; ; due = due.Add(every) {
		time.Sleep(time.Until(due))
		if ctx.Err() != nil {
			return
		}
		d.idle.RLock()
		t := &d.byWork[i][d.phase.Load()]
		if t.latency == nil {
			t.latency = result.NewHistogram()
		}
		key := rng.IntN(len(d.ledger.acked))
		if rng.IntN(writesIn) == 0 {
			d.write(s, t, key, buffer)
			t.Write = max(t.Write, time.Since(due))
		} else {
			d.read(s, t, key, buffer)
		}
		t.Requests++
		t.latency.RecordValue(max(int64(time.Since(due)), 1)) //nolint:errcheck // it is within bounds
		d.idle.RUnlock()
	}
}

// write writes the next version of a key, or of the next one that no other write has.
func (d *load) write(s *store, t *tally, key int, buffer []byte) {
	version, ok := d.ledger.begin(key)
	for !ok {
		key = (key + 1) % len(d.ledger.acked)
		version, ok = d.ledger.begin(key)
	}
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	err := s.Set(ctx, keyOf(key), appendValue(buffer, key, version), 0)
	d.ledger.end(key, version, err)
	t.failed(s, err)
}

func (d *load) read(s *store, t *tally, key int, buffer []byte) {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	acked := d.ledger.acked[key].Load()
	value, found, err := s.Get(ctx, keyOf(key), buffer)
	if err != nil {
		t.failed(s, err)
		return
	}
	verdict := d.ledger.judge(key, acked, value, found)
	if odd := t.note(s, verdict); odd && t.Odd == nil {
		t.Odd = fmt.Errorf("%s, at %s: %s is %s: %.40q, version %d was acknowledged", s.name, time.Now().Format("15:04:05.000"), keyOf(key), verdict, value, acked)
	}
}

func (t *tally) failed(s *store, err error) {
	if err == nil {
		return
	}
	if t.Errors++; t.First == nil {
		t.First = fmt.Errorf("%s: %w", s.name, err)
	}
	t.causes = t.causes.add(failures{{s.name, causeOf(err)}: 1})
}

// note counts an answer, and reports whether it is at fault.
func (t *tally) note(s *store, v verdict) bool {
	switch {
	case v == missing:
		t.Misses++
	case v == wrong:
		t.Wrong++
	case v == stale && !s.behind:
		t.Stale++
	default:
		return false
	}
	return true
}

// pause returns once no request is under way; none is made until resume.
func (d *load) pause()  { d.idle.Lock() }
func (d *load) resume() { d.idle.Unlock() }

// stop makes no more requests and waits for those under way.
func (d *load) stop() {
	d.cancel()
	d.work.Wait()
}

// sum adds up the phases from..to of the stores with this name; empty: all. REQUIRES stop.
func (d *load) sum(name string, from, to int) (t tally) {
	for i := range d.byWork {
		if name != "" && d.stores[i%len(d.stores)].name != name {
			continue
		}
		for phase := from; phase <= to; phase++ {
			t.add(&d.byWork[i][phase])
		}
	}
	return t
}
