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

// drop gives up the connection and schedules the next attempt.
func (l *Link) drop(now time.Duration) {
	if !errors.Is(l.broken, errRoleChanges) && l.shouldLog(now, l.broken) {
		l.p.log.Warn("replication: lost a secondary", zap.String("secondary", l.id), zap.Error(l.broken))
	}
	l.endSync()
	// A member that refuses to be a secondary may have the group's data nevertheless.
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

// failureEvery bounds how often a link logs repeated failures. Comparing texts is not enough: a local port, for instance,
// makes the same failure read differently.
const failureEvery = 10 * time.Second

// shouldLog reports whether to log err, a failure of the link: the first since it was in step, and later ones that differ
// from the last logged, at most one each failureEvery.
func (l *Link) shouldLog(now time.Duration, err error) bool {
	why := err.Error()
	if why == l.lastWhy || l.lastWhy != "" && now-l.loggedAt < failureEvery {
		return false
	}
	l.lastWhy, l.loggedAt = why, now
	return true
}

// askingFails bounds the pause between the attempts of a recovering primary, in failures: clients wait for it.
const askingFails = 4

// down ends the connection, or the attempt to make one, and schedules the next. how and why describe the failure.
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

// Dialed reports the result of DoDial; err is nil if there is a connection.
func (l *Link) Dialed(now time.Duration, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != linkDialing {
		return
	}
	if l.moved { // this result concerns the old address
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
		if l.shouldLog(now, err) {
			l.p.log.Info("replication: cannot reach a secondary", zap.String("secondary", l.id), zap.Error(err))
		}
		l.down(now, absenceOf(err), err)
		return
	}
	if l.everLive {
		l.p.counted(func(c *Counts) { c.Reconnects++ })
	}
	l.p.noteThere(l, "no answer yet")
	l.state, l.heard, l.sentAt = linkGreeting, now, now
}

// Broken reports that the connection has failed.
func (l *Link) Broken(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != linkDown && l.state != linkDialing && l.state != linkRetired && l.broken == nil {
		l.broken = err
		l.wake()
	}
}

// knock ends the pause before the next attempt: the secondary has said that it is up. The count of failures stays, so
// that a secondary to which no stream can be opened is not dialed more often than it knocks.
func (l *Link) knock() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state == linkDown {
		l.retry = 0
		l.wake()
	}
}
