package replica

import (
	"errors"
	"time"

	"go.uber.org/zap"
)

func (l *Link) checkSilence(now time.Duration) {
	limit := missedBeats * l.p.opts.Beat
	switch l.state {
	case linkDown, linkDialing, linkRetired:
		return
	case linkGreeting:
		limit = greetTimeout
	}
	if now-l.heard >= limit {
		l.broken = errSilent
	}
}

// drop gives the connection up and plans the next one.
func (l *Link) drop(now time.Duration) {
	if l.worthSaying(now, l.broken) {
		l.p.log.Warn("replication: lost a secondary", zap.String("secondary", l.id), zap.Error(l.broken))
	}
	l.endSync()
	// One that refuses to be a secondary may have the group's data all the same.
	var refused *refusedError
	isRefusal := errors.As(l.broken, &refused)
	if isRefusal {
		l.refusedUs.Store(true)
		l.p.acks()
	}
	take := isRefusal && !l.taking && !l.p.isServing()
	l.down(now, present, l.broken) // it was connected, so it is there
	if take {
		l.taking, l.retry = true, now
	}
}

// sayEvery is how often a link that fails again and again logs why. Texts differ, by a port for instance, where nothing
// else does.
const sayEvery = 10 * time.Second

// worthSaying reports whether to log err, a failure of the link: the first since it was in step, and then those that
// differ from the last that was logged, but not too often.
func (l *Link) worthSaying(now time.Duration, err error) bool {
	why := err.Error()
	if why == l.lastWhy || l.lastWhy != "" && now-l.saidAt < sayEvery {
		return false
	}
	l.lastWhy, l.saidAt = why, now
	return true
}

// askingFails bounds how long the pauses grow between the attempts of a primary that starts: clients wait for it.
const askingFails = 4

// down ends the connection, or the attempt to make one, and plans the next; how and why are what went wrong.
func (l *Link) down(now time.Duration, how absence, why error) {
	l.p.lost(now, l, how, why)
	l.taking = false
	fails := l.fails
	if !l.p.isServing() {
		fails = min(fails, askingFails)
	}
	l.retry = now + l.p.jitter(fails)
	l.fails++
	l.state, l.broken, l.greeted, l.inquired = linkDown, nil, false, false
	l.in = nil
	l.setInStep(false)
	l.sender = sender{}
}

// Dialed tells how connecting went.
func (l *Link) Dialed(now time.Duration, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != linkDialing {
		return
	}
	if l.moved { // whoever answers, or does not, at the old address
		l.moved = false
		if err == nil {
			l.state, l.broken = linkGreeting, errMoved
			l.wake()
			return
		}
		l.down(now, present, errMoved)
		l.retry = now
		return
	}
	if err != nil {
		if l.worthSaying(now, err) {
			l.p.log.Info("replication: cannot reach a secondary", zap.String("secondary", l.id), zap.Error(err))
		}
		l.down(now, absenceOf(err), err)
		return
	}
	if l.everLive {
		l.p.counted(func(c *Counts) { c.Reconnects++ })
	}
	l.p.there(l, "no answer yet")
	l.state, l.heard, l.sentAt = linkGreeting, now, now
}

// Broken tells that the connection is of no use any more.
func (l *Link) Broken(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != linkDown && l.state != linkDialing && l.state != linkRetired && l.broken == nil {
		l.broken = err
		l.wake()
	}
}

// knock has a secondary dialed now that is waited with: it says that it is there. How often it failed stays, so
// that one that cannot be talked to is not tried more often than it knocks.
func (l *Link) knock() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state == linkDown {
		l.retry = 0
		l.wake()
	}
}
