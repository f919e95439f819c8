package live

import (
	"errors"
	"sync"
	"time"

	"github.com/cachegopher/cachegopher/bench/runner"
)

// Row is what was measured of one target in one slice of time.
type Row struct {
	Time        time.Time // at its end
	Run, Target string
	Round       int
	Seconds     float64 // how long the slice was
	Rate        float64 // answered requests a second
	P50, P99    time.Duration
	Errors      int64   // in the slice
	Server      float64 // cores that the server used; 0: unknown
	Generator   float64 // cores that the generator used
}

// Sink takes rows. Its methods are called one after another.
type Sink interface {
	Row(Row) error
	Close() error
}

// Feed makes rows of a run's events and gives them to sinks. A sink that fails gets no more rows.
type Feed struct {
	now    func() time.Time
	mu     sync.Mutex
	sinks  []Sink
	broken map[Sink]error
	last   map[string]*position
}

// position is how far the rows of a target in a round have come.
type position struct {
	round   int
	elapsed time.Duration
	errors  int64
}

// NewFeed returns a feed of sinks, which Close closes.
func NewFeed(sinks ...Sink) *Feed {
	return &Feed{now: time.Now, sinks: sinks, broken: map[Sink]error{}, last: map[string]*position{}}
}

// Watch is for runner.Runner.
func (f *Feed) Watch(e runner.Event) {
	if e.Phase != "measure" {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	key := e.Job.Name + "\x00" + e.Target
	p := f.last[key]
	if p == nil || p.round != e.Round || e.Elapsed <= p.elapsed {
		p = &position{round: e.Round}
		f.last[key] = p
	}
	row := Row{Time: f.now(), Run: e.Job.Name, Target: e.Target, Round: e.Round, Seconds: (e.Elapsed - p.elapsed).Seconds(), Rate: e.Rate,
		P50: e.P50, P99: e.P99, Errors: max(e.Errors-p.errors, 0), Server: e.ServerBusy, Generator: e.SelfBusy}
	p.elapsed, p.errors = e.Elapsed, e.Errors
	if d := e.Job.Plan.Duration; d > 0 && e.Elapsed > d+time.Millisecond {
		return // what was answered after the end, in a slice that never ends
	}
	for _, s := range f.sinks {
		if f.broken[s] == nil {
			f.broken[s] = s.Row(row)
		}
	}
}

// Close closes the sinks and returns what went wrong with them.
func (f *Feed) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var errs []error
	for _, s := range f.sinks {
		errs = append(errs, f.broken[s], s.Close())
	}
	return errors.Join(errs...)
}
