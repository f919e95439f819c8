package main

import "time"

// saveGrace extends the time in which a node stops while it writes a snapshot: that takes as long as the amount of data
// needs, but one that hangs should be ended.
type saveGrace struct {
	of     func() (is bool, bytes int64)
	seen   int64
	seenAt time.Time // when bytes last changed; zero: extends was not called yet
}

// extends reports whether to wait longer, and tells the service manager so.
func (g *saveGrace) extends(now time.Time) bool {
	is, bytes := g.of()
	if !is {
		return false
	}
	if bytes != g.seen || g.seenAt.IsZero() {
		g.seen, g.seenAt = bytes, now
	}
	if now.Sub(g.seenAt) >= extendBy {
		return false
	}
	notifyExtend()
	return true
}
