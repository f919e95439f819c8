package coordination

import (
	"time"

	"go.uber.org/zap"
)

// departure is how far this secondary has left a primary without a lease. Coordinator.mu guards it.
type departure struct {
	left    time.Duration // when it stopped confirming that it follows, by the member's clock; 0: it confirms
	cutting bool          // the stream from the primary is kept closed
}

// leave has this secondary leave a primary without a lease, and reports whether it has left. The primary gets time to
// register anew, for it may acknowledge writes because its secondaries confirm that they follow. If it does not, this
// secondary stops confirming, but takes further writes until the primary must have stopped acknowledging them. Only then
// does it close the stream: so it has all acknowledged writes when it stands.
func (c *Coordinator) leave(s State, last primaryRecord, waits time.Duration) bool {
	c.mu.Lock()
	since, away, cutting := c.left, c.away != 0, c.cutting
	c.mu.Unlock()
	switch {
	case away && !cutting: // this one cannot take its place either; what it does not know may have changed
		c.stay()
		return false
	case since == 0 && s.Linked && waits > 2*c.o.FailoverAfter:
		c.o.Member.Confirm(false)
		c.mu.Lock()
		c.left = c.now() // the primary has asked for the last confirmation before that
		c.mu.Unlock()
		c.log.Warn("coordination: the primary has lost its lease and does not get another; this node leaves it, to stand in its place",
			zap.String("primary", last.ID))
		return false
	case since == 0 || c.now()-since < c.o.FailoverAfter:
		return false
	}
	c.cut(true)
	return true
}

// stay ends what leave has begun.
func (c *Coordinator) stay() {
	c.cut(false)
	c.mu.Lock()
	was := c.left
	c.left = 0
	c.mu.Unlock()
	if was != 0 {
		c.vouch()
	}
}

// vouch sets whether this secondary confirms that it follows its primary. It does not
//   - while it leaves the primary;
//   - if etcd names a later epoch than that in which it follows: a process that has just started may follow an old primary;
//   - before it has read etcd, unless that is away.
func (c *Coordinator) vouch() {
	epoch, _ := c.o.Member.Leadership()
	c.mu.Lock()
	var is bool
	if c.view == nil {
		is = c.away != 0 && c.now()-c.away >= time.Second
	} else {
		is = c.left == 0 && c.view.last[c.o.Self.Group].Epoch <= epoch
	}
	c.mu.Unlock()
	c.o.Member.Confirm(is)
}

// cut closes the stream from the primary and keeps it closed, or allows it again. It reports whether that is a change.
func (c *Coordinator) cut(is bool) bool {
	c.mu.Lock()
	changed := c.cutting != is
	c.cutting = is
	c.mu.Unlock()
	if changed {
		c.o.Cut(is)
	}
	return changed
}
