package load

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/cachegopher/cachegopher/bench/workload"
)

// pace schedules the requests of an open loop.
type pace struct {
	open     bool
	next     int64   // when the next request is due
	interval float64 // mean, ns
	exact    float64 // next, before rounding
	poisson  bool
	burst    int64 // requests are due at multiples of it plus offset; 0: at any time
	offset   int64 // so that threads take turns
	rng      rand.PCG
	trace    *workload.Sequence // says when requests are due; nil: the rate does
	from     int64              // when the trace's first request was due
	blocked  bool               // the next one is due but no connection has room for it
	since    int64              // when it became so
	idle     int64              // ns of the measured time for which it was so
	turn     int                // the connection to try first
}

// lateAfter is how late a request may be sent before it counts as missed.
const lateAfter = int64(time.Millisecond)

func newPace(s *Session, q *workload.Sequence, i, count int, p phase) pace {
	if p.feed != nil && s.w.Trace().Timed() {
		return tracePace(s, q, p)
	}
	if s.plan.Rate == 0 || p.fill {
		return pace{}
	}
	interval := 1e9 * float64(count) / s.plan.Rate
	place, of := s.plan.turn(i, count)
	x := pace{open: true, interval: interval, poisson: s.plan.Poisson, burst: int64(s.plan.Burst), rng: *rand.NewPCG(uint64(place)+1, p.round+77)}
	if !s.plan.Herd {
		x.offset = x.burst * int64(place) / int64(of)
	}
	// Threads take turns, so that together they send as evenly as one would.
	from := p.begin
	if from == 0 {
		from = s.clock()
	}
	x.exact = float64(from) + interval*float64(place)/float64(of)
	x.next = x.due()
	return x
}

// advance sets when the next request is due, after one was sent.
func (p *pace) advance() {
	if p.trace != nil {
		p.follow()
		return
	}
	d := p.interval
	if p.poisson {
		u := float64(p.rng.Uint64()>>11)/(1<<53) + 1.0/(1<<54)
		d *= -math.Log(u)
	}
	p.exact += d
	p.next = p.due()
}

// due is exact, or the end of the burst that it falls into.
func (p *pace) due() int64 {
	if p.burst == 0 {
		return int64(p.exact)
	}
	return (int64(p.exact)-p.offset+p.burst-1)/p.burst*p.burst + p.offset
}

// dispatch sends the due requests for which connections have room.
func (t *thread) dispatch() {
	p := &t.pace
	for p.next <= t.now && p.next < t.phase.end && !t.ended {
		if t.left <= 0 {
			t.ended = true
			p.next = t.phase.end // nothing more is due
			break
		}
		c := t.room()
		if c == nil {
			p.block(t.now)
			break
		}
		if late := t.now - p.next; !p.blocked && p.next >= t.phase.start {
			t.rec.late.RecordValue(max(late, 1)) //nolint:errcheck // it is within bounds
			if late > lateAfter {
				t.rec.missed++
			}
		}
		if !t.send(c, p.next) {
			t.ended = true
			p.next = t.phase.end
			break
		}
		p.advance()
	}
	if p.next > t.now {
		p.unblock(t.now, &t.phase)
	}
	for _, c := range t.conns {
		if c.dirty && !c.dead {
			t.flush(c)
		}
	}
}

// room returns the next connection, in turn, that may have one more request in flight.
func (t *thread) room() *conn {
	n := len(t.conns)
	for i := range n {
		c := t.conns[(t.pace.turn+i)%n]
		if !c.dead && c.requests < t.depth && !t.spent(c) {
			t.pace.turn = (t.pace.turn + i + 1) % n
			return c
		}
	}
	return nil
}

// block notes that a request is due for which no connection has room.
func (p *pace) block(now int64) {
	if !p.blocked {
		p.blocked, p.since = true, now
	}
}

// unblock notes that all due requests have been sent.
func (p *pace) unblock(now int64, ph *phase) {
	if p.blocked {
		p.blocked = false
		p.idle += max(0, min(now, ph.end)-max(p.since, ph.start))
	}
}

// rest takes the requests that are due before the measured time ends and were not sent, and returns how many of them
// belong to it, and when the first of those is due.
func (p *pace) rest(ph *phase) (n, from int64) {
	if !p.open || p.next >= ph.end {
		return 0, 0
	}
	from = max(p.next, ph.start)
	p.next = ph.end
	if p.trace != nil {
		return 0, 0 // nobody has read how many there are
	}
	return int64(math.Ceil(float64(ph.end-from) / p.interval)), from
}

// giveUp counts requests that were due and never sent, with the time that each has waited.
func (t *thread) giveUp() {
	t.pace.unblock(t.now, &t.phase)
	if n, from := t.pace.rest(&t.phase); n > 0 {
		t.flow.unsent += n
		t.rec.neverSent(from, t.phase.end, t.now, n)
	}
}
