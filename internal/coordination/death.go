package coordination

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"go.uber.org/zap"
)

// deadKey identifies one leadership.
func deadKey(p primaryRecord) string { return fmt.Sprint(p.ID, " ", p.Epoch) }

// suspicion is what this secondary knows of its primary's process. Coordinator.mu guards it.
type suspicion struct {
	streamEnded bool          // since the primary's address was last dialed
	probing     bool          // it is being dialed
	probed      time.Duration // when it was last dialed, by the member's clock
	dead        string        // the deadKey of a primary whose process is known to have ended
}

// StreamEnded must be called when the stream from the primary has ended: its process may be dead.
func (c *Coordinator) StreamEnded() {
	c.mu.Lock()
	c.streamEnded = true
	c.mu.Unlock()
	wake(c.woken)
}

// suspect checks whether the process of the primary, or of the last one, has ended: at once when its stream ends, and then
// every second until there is a stream again.
func (c *Coordinator) suspect(ctx context.Context, p primaryRecord) {
	if p.ID == c.o.Self.ID || p.ID == "" || c.o.State().Linked {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	to, there := c.view.members[c.o.Self.Group][p.ID]
	if !there {
		to, there = c.view.known[c.o.Self.Group][p.ID]
	}
	isDead := c.dead == deadKey(p) && c.view.primaries[c.o.Self.Group].ID == ""
	early := !c.streamEnded && c.now()-c.probed < time.Second
	if c.probing || c.stopping || c.etcd == nil || !there || isDead || early {
		return
	}
	c.streamEnded, c.probing, c.probed = false, true, c.now()
	c.spawn(func() {
		c.probe(ctx, p, to)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.probing = false
	})
}

// probe dials the primary until a stream from it is back, at most a few times. If its process does not listen, probe ends
// the primary's lease.
func (c *Coordinator) probe(ctx context.Context, p primaryRecord, to memberRecord) {
	for pause := 5 * time.Millisecond; pause < tickEvery; pause *= 2 {
		bounded, cancel := context.WithTimeout(ctx, c.o.FailoverAfter/4)
		err := c.o.Dial(bounded, to.server(c.o.Self.Group, p.ID), p.Run)
		cancel()
		var refused *RefusedError
		if errors.As(err, &refused) {
			c.bury(ctx, p, to)
			return
		}
		if !c.pause(ctx, pause) {
			return
		}
		if c.o.State().Linked {
			return
		}
	}
}

// bury ends the lease of a primary whose process has ended.
func (c *Coordinator) bury(ctx context.Context, p primaryRecord, to memberRecord) {
	c.mu.Lock()
	is, last := c.view.primaries[c.o.Self.Group], c.view.last[c.o.Self.Group]
	etcd, own := c.etcd, c.lease
	if last.ID == p.ID && last.Epoch == p.Epoch && last.Instance == p.Instance {
		c.dead = deadKey(p)
	}
	c.mu.Unlock()
	defer wake(c.woken)
	if is.ID != p.ID || is.Epoch != p.Epoch || is.lease == 0 || is.lease == own {
		return
	}
	bounded, cancel := c.request(ctx)
	defer cancel()
	_, err := etcd.Revoke(bounded, is.lease)
	about := []zap.Field{zap.String("primary", p.ID), zap.Strings("addresses", to.Addresses), zap.Uint64("epoch", p.Epoch)}
	switch {
	case err == nil:
		c.log.Warn("coordination: the primary's connections have ended and its process does not listen at its addresses any more: "+
			"its lease is revoked", about...)
	case errors.Is(err, rpctypes.ErrLeaseNotFound):
		c.log.Info("coordination: the primary has left, or another member has revoked its lease", about...)
	default:
		c.log.Warn("coordination: the primary's process has ended; its lease cannot be revoked and runs out", append(about, zap.Error(err))...)
	}
}
