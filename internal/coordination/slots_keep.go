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
	revision, known, registered := c.view.slots.revision, c.latest, c.lease != 0 && !c.reread
	older := known.supersedes(&c.view.slots.Assignment)
	c.mu.Unlock()
	switch {
	case !registered:
	case older: // not only primaries put it back: none may lead at the moment, and a node that knows less must not found another one
		if c.store(ctx, revision, slotsRecord{Assignment: known}) {
			c.log.Warn("coordination: etcd had an older assignment of slots than this node, which has put the later one back", zap.Uint64("version", known.version()))
		}
	case known.Slots == nil:
		c.foundSlots(ctx, revision)
	}
}

// foundSlots stores the first assignment, which is that of the ring, if this primary has entries. Until then groups can be added
// without one losing any, and all of them get their share of the slots.
func (c *Coordinator) foundSlots(ctx context.Context, revision int64) {
	own, err := c.leading()
	if err != nil || c.o.Entries == nil || c.o.Entries() == 0 {
		return
	}
	c.mu.Lock()
	t, _ := c.topologyNow()
	c.mu.Unlock()
	owners, err := new(topology.Ownership).Of(t)
	if err != nil {
		return
	}
	names := make([]string, len(owners))
	for slot, g := range owners {
		names[slot] = t.Groups[g].Name
	}
	// Should all that etcd has be deleted one day, and no node remember it, then the next version is still higher.
	first := slotsRecord{Assignment: Assignment{Slots: topology.NewSlots(uint64(time.Now().Unix()), names)}}
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
