package coordination

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/config"
)

// guard keeps the fence up to date until ctx is done.
func (c *Coordinator) guard(ctx context.Context) {
	tick := time.NewTicker(min(c.o.Beat, 100*time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-c.refence:
		}
		c.fence()
	}
}

// SecondariesChanged must be called when a stream to a secondary has ended. It never blocks.
func (c *Coordinator) SecondariesChanged() { wake(c.refence) }

// margin is how long before the end of its lease a primary stops acknowledging: for clocks of different speeds, and for
// an acknowledgement that is on its way from the check of the fence to the socket.
func (c *Coordinator) margin() time.Duration { return c.o.FailoverAfter / 10 }

// fence sets the time until which the member may acknowledge writes.
func (c *Coordinator) fence() {
	leads := c.o.State().Leads
	now := c.now()
	recent := 2*c.o.Beat + 50*time.Millisecond // within this time a live secondary has answered a heartbeat
	f := c.o.Member.Following(now - recent)
	c.mu.Lock()
	defer c.mu.Unlock()
	until := time.Duration(1)
	if c.holds != 0 && c.holds == c.lease {
		until = c.renewed + c.o.FailoverAfter - c.margin()
	}
	safe := false
	lapsed := c.away != 0 || c.holds == 0 // etcd may answer so late that the lease ends before it is renewed
	if leads && lapsed && !c.leaving && c.applied.ok {
		switch {
		case c.away == 0 && c.o.WithoutEtcd != config.WithoutEtcdFailsafe:
		case c.unfenced || c.o.WithoutEtcd == config.WithoutEtcdWritable:
			until, safe = 0, true
		case c.o.WithoutEtcd == config.WithoutEtcdFailsafe && f.Confirm == f.All:
			c.extended = max(c.extended, now-recent+c.o.FailoverAfter-c.margin())
			safe = c.away != 0
		}
	}
	// A late answer ends nothing. But a secondary whose stream has ended has no writes acknowledged since, and may have left.
	if !leads || !lapsed || f.Connected < f.All {
		c.extended = 0
	} else if until != 0 { // until then no secondary stands for election
		until = max(until, c.extended)
	}
	if safe != c.failsafe {
		if c.failsafe = safe; safe {
			c.timesFailsafe++
			c.log.Warn("coordination: etcd is away; this primary takes writes without it", zap.Int("secondaries", f.All), zap.String("without_etcd", c.o.WithoutEtcd))
		} else if leads && c.away != 0 {
			c.log.Error("coordination: etcd is away and not all secondaries confirm that they follow: writes are refused once the lease ends",
				zap.Int("follow", f.Confirm), zap.Int("of", f.All), zap.String("do", "start etcd, or the members that are missing"))
		}
	}
	c.o.Member.Fence(until)
}
