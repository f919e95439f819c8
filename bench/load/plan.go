package load

import (
	"errors"
	"fmt"
	"runtime"
	"time"
)

// Verify says how thoroughly replies are checked.
type Verify int

// The levels.
const (
	VerifyVersions Verify = iota // values, and that no read returns a version older than one acknowledged before the read
	VerifyValues                 // values
	VerifyOff                    // only that replies are well formed
)

// Plan says how a workload is put on a target.
type Plan struct {
	Conns   int     // connections
	Depth   int     // most requests in flight on a connection
	Threads int     // of the generator; 0: one per core that it may use
	Rate    float64 // requests a second of an open loop; 0: a closed loop
	Poisson bool    // exponential, not even, intervals between requests of an open loop

	Burst time.Duration // an open loop's requests are due at multiples of it; 0: each at its own time

	Warmup   time.Duration // before measuring
	Duration time.Duration // of measuring; with Count, its upper bound
	Count    int64         // requests measured; 0: as many as fit in the duration

	// Batch makes each connection send Depth requests in one write, and the next batch once all replies have arrived.
	// It is the cheapest for the generator. The first replies of each connection in each round are compared byte by byte; of
	// all others only the length is checked. The server's counters and CPU clock are read while nothing is in flight.
	Batch bool
	// Blocking makes batches over blocking connections with a goroutine each, as TLS needs.
	Blocking bool

	Reader Reader // how connections read
	Churn  int    // requests after which a connection is closed and made again; 0: none
	// Herd opens all connections of a round at once, and lets requests of an open loop be due for all connections at the same
	// instants.
	Herd bool

	// For libraries: the latency of one in Sample calls is measured (0 and 1: of every
	// call), and NoDeadline calls them with a context that never ends.
	Sample     int
	NoDeadline bool

	Within time.Duration // an answer within this time of its request counts as good; 0: not counted

	Verify    Verify
	Hits      Hits
	MaxErrors int64         // a run with more errors fails
	Timeout   time.Duration // for a reply; default 5 s
	Slice     time.Duration // reported on its own; 0: a hundredth of the duration, from 100 ms to 5 s
	Cores     []int         // to which threads are bound in turn; none: all

	// Part of Parts generators that load one target together: they draw other requests than each other, and take turns. Conns,
	// Rate and Count are those of this one. 0 of 0 is alone.
	Part, Parts int
}

// turn is the place among all generators' of number i of count of this one.
func (p *Plan) turn(i, count int) (place, of int) {
	return i*max(1, p.Parts) + p.Part, count * max(1, p.Parts)
}

// maxUnderWay is the most requests that may be in flight together: more would overflow
// workload.Versions.
const maxUnderWay = 16000

// Check fills in defaults and refuses impossible plans.
func (p *Plan) Check() error {
	if p.Timeout == 0 {
		p.Timeout = 5 * time.Second
	}
	if p.Threads == 0 {
		p.Threads = max(1, len(p.Cores))
		if len(p.Cores) == 0 {
			p.Threads = max(1, runtime.NumCPU()/2)
		}
		p.Threads = min(p.Threads, max(1, p.Conns))
	}
	switch {
	case p.Conns < 1 || p.Depth < 1 || p.Threads < 1:
		return errors.New("connections, depth and threads are 1 or more")
	case p.Conns*p.Depth > maxUnderWay:
		return fmt.Errorf("%d connections of depth %d are %d requests under way; the most is %d", p.Conns, p.Depth, p.Conns*p.Depth, maxUnderWay)
	case p.Threads > p.Conns:
		return fmt.Errorf("%d threads for %d connections: each thread needs one", p.Threads, p.Conns)
	case p.Part < 0 || p.Part >= max(1, p.Parts):
		return fmt.Errorf("part %d of %d: there is none", p.Part, p.Parts)
	case p.Churn < 0:
		return errors.New("churn: the requests of a connection, over 0")
	case p.Reader.Think > 0 && p.Rate > 0:
		return errors.New("think: only a closed loop can wait before it sends")
	case p.Rate < 0:
		return fmt.Errorf("rate %g: requests a second, over 0", p.Rate)
	case p.Poisson && p.Rate == 0:
		return errors.New("poisson arrivals need a rate")
	case p.Duration <= 0 && p.Count <= 0:
		return errors.New("a duration or a count over 0 is needed")
	case p.Duration < 0 || p.Warmup < 0 || p.Timeout < 0 || p.Within < 0 || p.Count < 0:
		return errors.New("warm-up, duration, count, timeout and the limit of good answers are not negative")
	}
	if err := p.Reader.check(); err != nil {
		return err
	}
	if p.Herd && p.Rate > 0 && p.Burst == 0 {
		p.Burst = time.Duration(float64(p.Conns) / p.Rate * 1e9)
	}
	if p.Duration == 0 {
		p.Duration = time.Hour
	}
	if p.Slice == 0 {
		d := p.Duration
		if p.Count > 0 {
			d = min(d, 30*time.Second)
		}
		p.Slice = min(max(d/100, 100*time.Millisecond), 5*time.Second)
	}
	return nil
}
