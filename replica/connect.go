package replica

import (
	"crypto/tls"
	"errors"
	"net"
	"time"

	"go.uber.org/zap"
)

func (l *Link) checkSilence(now time.Duration) {
	limit := missedBeats * l.p.opts.Beat
	switch l.state {
	case linkDown, linkDialing:
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
	if why := l.broken.Error(); why != l.lastWhy {
		l.p.log.Warn("replication: lost a secondary", zap.String("secondary", l.id), zap.Error(l.broken))
		l.lastWhy = why
	}
	l.endSync()
	if isRefusal(l.broken) {
		l.p.signInRefused(l)
	}
	// One that refuses to be a secondary may have the group's data all the same, and one that has answered has not
	// gone away: a primary that starts does not give them up so soon.
	var refused *refusedError
	take := errors.As(l.broken, &refused) && !l.taking && !l.p.isServing()
	l.down(now, !take && l.state < linkAsked)
	if take {
		l.taking, l.retry = true, now
	}
}

// down ends the connection; away says that there is no hope of an answer soon.
func (l *Link) down(now time.Duration, away bool) {
	l.p.lost(now, l, away)
	l.taking = false
	l.retry = now + l.p.jitter(l.fails)
	l.fails++
	l.state, l.broken, l.greeted = linkDown, nil, false
	l.in = nil
	l.inStep.Store(false)
	l.sender = sender{}
}

// ErrSignIn is what a failed attempt to connect wraps when the secondary is there and does not accept this node's
// password. A primary that starts does not count such a secondary as one that is away.
var ErrSignIn = errors.New("sign-in refused")

// isRefusal reports whether err tells of a password or a certificate that one side does not accept. Of this node's
// certificate TLS 1.3 says so only with the first reply.
func isRefusal(err error) bool {
	var theirs *tls.CertificateVerificationError
	var ours *net.OpError
	return errors.Is(err, ErrSignIn) || errors.As(err, &theirs) || errors.As(err, &ours) && ours.Op == "remote error"
}

// Dialed tells how connecting went.
func (l *Link) Dialed(now time.Duration, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != linkDialing {
		return
	}
	if err != nil {
		if why := err.Error(); why != l.lastWhy {
			l.p.log.Info("replication: cannot reach a secondary", zap.String("secondary", l.id), zap.Error(err))
			l.lastWhy = why
		}
		if isRefusal(err) {
			l.p.signInRefused(l)
		}
		l.down(now, true)
		return
	}
	if l.everLive {
		l.p.counted(func(c *Counts) { c.Reconnects++ })
	}
	l.state, l.heard, l.sentAt = linkGreeting, now, now
}

// Broken tells that the connection is of no use any more.
func (l *Link) Broken(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != linkDown && l.state != linkDialing && l.broken == nil {
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
