package node

import (
	"sync/atomic"
	"time"
)

const (
	// purgeFor is for how long leftovers are removed at a time: other connections of the loop wait meanwhile.
	purgeFor = 200 * time.Microsecond
	// purgeRests is how many times as long the removal rests after that, so that clients' requests have the processor.
	purgeRests = 3
	// purgeHurry is after what time it rests no longer: the giver waits for a minute.
	purgeHurry = 20 * time.Second
	// purgeStep is about how many entries are looked at under one hold of a shard's lock.
	purgeStep = 256
)

// purge is the removal of leftovers on a connection. A nil one has nothing to do.
type purge struct {
	began   time.Time
	wake    func() // makes the loop call run
	resting atomic.Bool
	timer   *time.Timer // ends the rest
}

func newPurge(wake func()) *purge { return &purge{began: time.Now(), wake: wake} }

// run removes some leftovers, unless it rests, and reports whether that were the last.
func (p *purge) run(step func(count int) (more bool, err error)) (over bool, err error) {
	if p.resting.Load() {
		return false, nil
	}
	from := time.Now()
	for more := true; more && time.Since(from) < purgeFor; over = !more {
		if more, err = step(purgeStep); err != nil {
			return false, err
		}
	}
	if rest := purgeRest(time.Since(from), time.Since(p.began)); !over && rest > 0 {
		p.resting.Store(true)
		p.timer = time.AfterFunc(rest, func() {
			p.resting.Store(false)
			p.wake()
		})
	}
	return over, nil
}

// purgeRest is how long to rest after steps that took so long, in a removal that began so long ago. Steps that took longer
// than they should stood still, on a busy machine: they have not used the processor either.
func purgeRest(took, since time.Duration) time.Duration {
	if since >= purgeHurry {
		return 0
	}
	return purgeRests * min(took, 2*purgeFor)
}

// ready reports whether run has something to do.
func (p *purge) ready() bool { return p != nil && !p.resting.Load() }

// stop ends the rest. A wake may be under way.
func (p *purge) stop() {
	if p != nil && p.timer != nil {
		p.timer.Stop()
	}
}
