package coordination

import (
	"context"
	"errors"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/topology"
)

// keepSlots stores the assignment of slots if etcd has none, or an older one than this node has seen.
func (c *Coordinator) keepSlots(ctx context.Context) {
	c.mu.Lock()
	revision, version, known, registered := c.view.slots.revision, c.view.slots.version(), c.latest, c.lease != 0 && !c.reread
	older := known.supersedes(&c.view.slots.Assignment)
	c.mu.Unlock()
	switch {
	case !registered:
	case older: // not only primaries put it back: none may lead at the moment, and a node that knows less must not found another one
		back := slotsRecord{Assignment: known}
		owners := *known.Slots
		owners.Version = max(owners.Version, version)
		if back.Slots, back.First = &owners, false; c.store(ctx, revision, back) {
			c.log.Warn("coordination: etcd did not have the assignment of slots that this node knows; it is put back", zap.Uint64("version", known.version()), zap.Uint64("in_etcd", version))
		}
	case known.Slots == nil:
		c.foundSlots(ctx, revision)
	}
}

// foundSlots stores the first assignment, if this primary has entries. Until then groups can be added without one losing any, and
// all of them get their share of the slots. It is contiguous, as assign says; but if the primary had entries when it was
// elected, from a release that knew no assignments, they lie where package ring places them.
func (c *Coordinator) foundSlots(ctx context.Context, revision int64) {
	own, err := c.leading()
	switch {
	case err != nil || c.o.Entries == nil:
		return
	case c.o.Entries() == 0:
		c.elected = own
		return
	}
	c.mu.Lock()
	t, _ := c.topologyNow()
	c.mu.Unlock()
	place := topology.Contiguous
	if c.o.OnRing || c.elected != own {
		place = topology.ByRing
	}
	// Should all that etcd has be deleted one day, and no node remember it, then the next version is still higher. A node that
	// does remember another assignment puts that one back: see supersedes.
	slots, err := place(uint64(time.Now().Unix()), t.Groups)
	if err != nil {
		return
	}
	first := slotsRecord{Assignment: Assignment{Slots: slots, First: true}}
	if c.store(ctx, revision, first, clientv3.Compare(clientv3.ModRevision(c.k.primary(c.o.Self.Group)), "=", own)) {
		c.log.Info("coordination: the slots belong to the groups that there are; a group that is added gets some by REBALANCE", zap.Int("groups", len(t.Groups)))
	}
}

// store writes r if the key still has that revision and the conditions hold, and reports whether it did.
func (c *Coordinator) store(ctx context.Context, revision int64, r slotsRecord, conditions ...clientv3.Cmp) bool {
	changed, err := c.putSlots(ctx, revision, &r, conditions...)
	if err != nil && !errors.Is(err, context.Canceled) {
		c.trouble("storing who owns the slots", err)
	}
	if err != nil || !changed {
		wake(c.reload)
	}
	return changed
}
