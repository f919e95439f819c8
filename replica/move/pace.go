package move

import "time"

// pace says when the walk of the store goes on. It keeps to the rate, and yields to clients: the giver, the taker and the
// taker's secondaries need their processors for each piece, as they do for clients' requests. An answer that comes later than
// the quickest ones has waited, mostly for a processor, and the walk then rests for several times as long. So the rate falls
// on a busy node, but not below a part of it, so that the move comes to its end.
//
// Its arguments are times. An attempt begins with a zero pace.
type pace struct {
	at     time.Duration // when the rate allows the next piece
	rests  time.Duration // until then it yields
	latest time.Duration // when it goes on in any case

	quickest  time.Duration // answer since turned; 0: none has come
	quickest0 time.Duration // in the time before that; 0: none
	turned    time.Duration
}

const (
	// yields is how many times as long as an answer was late the walk rests.
	yields = 4
	// slowest is by how much the walk may be slower than the rate because it yields.
	slowest = 4
	// catchUp is how much of the rate's time a walk that was late may catch up with.
	catchUp = 5 * time.Millisecond
	// turnEvery is for how long, at least, and twice as long at most, the quickest answer counts: the way to the taker may change.
	turnEvery = 10 * time.Second
)

// read tells that a piece of so many bytes was read; rate is at most how many are read a second, 0: no bound.
func (p *pace) read(now time.Duration, bytes int, rate int64) {
	if rate <= 0 {
		p.at, p.rests, p.latest = 0, 0, 0
		return
	}
	took := time.Duration(float64(bytes) / float64(rate) * float64(time.Second))
	p.at = max(p.at, min(p.rests, p.latest), now-catchUp) + took // it does not catch up with what it has yielded
	p.latest = now + slowest*took
}

// answered tells how long an answer to a request of records took.
func (p *pace) answered(now, took time.Duration) {
	if now-p.turned >= turnEvery {
		p.turned, p.quickest0, p.quickest = now, p.quickest, 0
	}
	if p.quickest == 0 || took < p.quickest {
		p.quickest = took
	}
	p.rests = max(p.rests, now+yields*(took-p.usual()))
}

// usual is how long an answer takes if nothing waits for a processor; 0: that is not known.
func (p *pace) usual() time.Duration {
	if p.quickest0 == 0 || p.quickest == 0 {
		return max(p.quickest0, p.quickest)
	}
	return min(p.quickest0, p.quickest)
}

// from is when the walk goes on. oldest is when the oldest request that has no answer was sent; waits: there is one.
func (p *pace) from(now, oldest time.Duration, waits bool) time.Duration {
	if waits && (p.usual() == 0 || now-oldest > p.usual()) {
		return max(p.at, p.latest) // an answer may come before that
	}
	return max(p.at, min(p.rests, p.latest))
}
