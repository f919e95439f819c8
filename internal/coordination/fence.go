package coordination

import (
	"context"
	"math"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/config"
)

// guardEvery is the longest interval at which the fence is set while it depends on what secondaries confirm.
const guardEvery = 100 * time.Millisecond

// never is a time that does not come.
const never = time.Duration(math.MaxInt64)

// fencing says until when this node, as a primary, may acknowledge writes. Coordinator.mu guards it; times are by the
// member's clock.
type fencing struct {
	extended time.Duration // until then without etcd, by the secondaries' word; 0: not at all
	fenced   time.Duration // the latest time until which this node might acknowledge writes
	guardAt  time.Duration // when guard is called next; never: it runs
	failsafe bool          // without etcd, this primary takes writes because its secondaries confirm that they follow
	unfenced bool          // promoted by force while etcd was away
}

// guard sets the fence, and returns after how long to call it again, at the latest.
func (c *Coordinator) guard(context.Context) time.Duration {
	c.mu.Lock()
	c.guardAt = never // so that fence wakes it
	c.mu.Unlock()
	again := c.setFence()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.guardAt = c.now() + again
	return again
}

// SecondariesChanged must be called when a stream to a secondary has ended. It never blocks.
func (c *Coordinator) SecondariesChanged() { wake(c.refence) }

// margin is how long before the end of its lease a primary stops acknowledging: for clocks of different speeds, and for
// an acknowledgement that is on its way from the check of the fence to the socket.
func (c *Coordinator) margin() time.Duration { return c.o.FailoverAfter / 10 }

// recent is the time within which a live secondary has answered a heartbeat.
func (c *Coordinator) recent() time.Duration { return 2*c.o.Beat + 50*time.Millisecond }

// fence sets the fence at once, and wakes guard if that must be called sooner than planned.
func (c *Coordinator) fence() {
	at := c.setFence() + c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if at < c.guardAt {
		wake(c.refence)
	}
}

// setFence sets the time until which the member may acknowledge writes. It returns after how long it must be set again, at
// the latest: while the lease is renewed in time, each renewal does so.
func (c *Coordinator) setFence() time.Duration {
	leads := c.o.State().Leads
	now := c.now()
	recent := c.recent()
	f := c.o.Member.Following(now - recent)
	c.mu.Lock()
	defer c.mu.Unlock()
	until := time.Duration(1)
	if c.holds != 0 && c.holds == c.lease {
		until = c.renewed + c.o.FailoverAfter - c.margin()
	}
	safe := false
	// Etcd may answer so late that the lease ends before it is renewed.
	lapsed := c.away != 0 || c.holds == 0 || now > c.renewed+c.o.FailoverAfter/2
	if leads && lapsed && !c.stopping && c.applied.ok {
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
	if c.fenced = max(c.fenced, until); until == 0 {
		c.fenced = max(c.fenced, now)
	}
	if safe != c.failsafe {
		if c.failsafe = safe; safe {
			c.timesFailsafe++
			c.log.Warn("coordination: etcd is away; this primary takes writes without it",
				zap.Int("secondaries", f.All), zap.String("without_etcd", c.o.WithoutEtcd))
		} else if leads && c.away != 0 {
			c.log.Error("coordination: etcd is away and not all secondaries confirm that they follow: writes are refused once the lease ends",
				zap.Int("follow", f.Confirm), zap.Int("of", f.All), zap.String("do", "start etcd, or the members that are missing"))
		}
	}
	c.o.Member.Fence(until)
	if leads && lapsed {
		return min(c.o.Beat, guardEvery)
	}
	return rest
}
