package workload

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
)

// chooser picks the key of a request. Each sequence has its own.
type chooser interface {
	next(r *rand.PCG, write bool) uint64
}

// chooserHelp lists the forms of a distribution.
const chooserHelp = "uniform, zipf:THETA, hot:KEYS:REQUESTS, sequential, latest:THETA, drift:THETA or scan:THETA"

// newChooser returns a function that creates the chooser of sequence i of sequences, over n keys.
func newChooser(name string, n uint64) (func(i, sequences int) chooser, error) {
	kind, rest, _ := strings.Cut(name, ":")
	switch kind {
	case "uniform":
		if rest == "" {
			return func(int, int) chooser { return uniform{n} }, nil
		}
	case "sequential":
		if rest == "" {
			return func(s, of int) chooser { return &sequential{n: n, at: n / uint64(of) * uint64(s)} }, nil
		}
	case "hot":
		return newHot(name, rest, n)
	case "zipf", "latest", "drift", "scan":
		theta := 0.99
		if rest != "" {
			var err error
			if theta, err = strconv.ParseFloat(rest, 64); err != nil || theta <= 0 || theta > 10 {
				return nil, fmt.Errorf("distribution %q: THETA is over 0 and at most 10", name)
			}
		}
		return skewed(kind, n, theta), nil
	}
	return nil, fmt.Errorf("distribution %q: there are %s", name, chooserHelp)
}

func skewed(kind string, n uint64, theta float64) func(i, sequences int) chooser {
	z, s := newZipf(n, theta), newScatter(n)
	switch kind {
	case "latest":
		head := new(atomic.Uint64)
		return func(int, int) chooser { return &latest{z: z, n: n, head: head} }
	case "drift":
		return func(int, int) chooser { return &drift{z: z, s: s, n: n} }
	case "scan":
		return func(s2, of int) chooser {
			return &scan{z: z, s: s, n: n, at: n / uint64(of) * uint64(s2)}
		}
	}
	return func(int, int) chooser { return scattered{z, s} }
}

// uniform draws all keys with equal probability.
type uniform struct{ n uint64 }

func (u uniform) next(r *rand.PCG, _ bool) uint64 { return below(r, u.n) }

// sequential takes the keys in order; sequences start at equal distances.
type sequential struct{ n, at uint64 }

func (s *sequential) next(*rand.PCG, bool) uint64 {
	at := s.at
	if s.at++; s.at == s.n {
		s.at = 0
	}
	return at
}

// scattered is a Zipf distribution with the ranks spread over the keys.
type scattered struct {
	z *zipf
	s scatter
}

func (z scattered) next(r *rand.PCG, _ bool) uint64 { return z.s.at(z.z.next(r)) }

// hot sends a share of the requests to a share of the keys.
type hot struct {
	n, few uint64
	share  float64
	s      scatter
}

func newHot(name, rest string, n uint64) (func(i, sequences int) chooser, error) {
	keys, requests, ok := strings.Cut(rest, ":")
	k, err := strconv.ParseFloat(keys, 64)
	q, err2 := strconv.ParseFloat(requests, 64)
	if !ok || err != nil || err2 != nil || k <= 0 || k >= 1 || q < 0 || q > 1 {
		return nil, fmt.Errorf("distribution %q: hot:0.1:0.9 sends 0.9 of the requests to 0.1 of the keys; both lie between 0 and 1", name)
	}
	few := max(1, uint64(float64(n)*k))
	if few >= n {
		return nil, fmt.Errorf("distribution %q: of %d keys none would be cold", name, n)
	}
	return func(int, int) chooser { return &hot{n: n, few: few, share: q, s: newScatter(n)} }, nil
}

func (h *hot) next(r *rand.PCG, _ bool) uint64 {
	if unit(r) < h.share {
		return h.s.at(below(r, h.few))
	}
	return h.s.at(h.few + below(r, h.n-h.few))
}

// latest prefers recent writes: writes take the keys in order, and reads go back from the latest by a Zipf-distributed
// distance.
type latest struct {
	z    *zipf
	n    uint64
	head *atomic.Uint64 // of all sequences
}

func (l *latest) next(r *rand.PCG, write bool) uint64 {
	if write {
		return (l.head.Add(1) - 1) % l.n
	}
	back := l.z.next(r) + 1
	return (l.head.Load() + l.n - back) % l.n
}

// driftEvery is the number of requests of a sequence between two steps of drift.
const driftEvery = 50

// drift is Zipf whose popularity wanders, as news does: every driftEvery requests of a sequence all keys
// become one rank colder, the coldest becomes the hottest. One request in ten goes to a key that
// is not requested again for long, like many keys of real traces.
type drift struct {
	z      *zipf
	s      scatter
	n      uint64
	offset uint64
	count  uint64
	once   uint64
}

func (d *drift) next(r *rand.PCG, _ bool) uint64 {
	if d.count++; d.count%driftEvery == 0 {
		d.offset++
	}
	if d.count%10 == 0 {
		d.once++
		return d.s.at((d.n/2 + d.once) % d.n)
	}
	return d.s.at((d.z.next(r) + d.n - d.offset%d.n) % d.n)
}

// scan is Zipf interrupted by walks over a twentieth of the keys, as a nightly job does: after
// every nine tenths of Zipf requests, one tenth is a walk.
type scan struct {
	z    *zipf
	s    scatter
	n    uint64
	at   uint64
	step uint64
}

func (s *scan) next(r *rand.PCG, _ bool) uint64 {
	walk := max(1, s.n/20)
	at := s.step % (10 * walk)
	s.step++
	if at < 9*walk {
		return s.s.at(s.z.next(r))
	}
	if s.at++; s.at >= s.n {
		s.at = 0
	}
	return s.at
}
