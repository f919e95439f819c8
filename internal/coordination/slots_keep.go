package coordination

import (
	"context"
	"errors"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/topology"
)

// keepSlots stores the assignment of slots if etcd has none, or an older one than this node has seen. Primaries call it.
//
// The first assignment is that of the ring. It is stored once a primary has entries: until then groups can be added without
// one losing any, and all of them get their share of the slots.
func (c *Coordinator) keepSlots(ctx context.Context) {
	c.mu.Lock()
	leads, revision := c.holds != 0, c.view.slots.revision
	next := slotsRecord{Assignment: c.latest}
	older := c.superseded()
	none := c.latest.Slots == nil && c.view.slots.Slots == nil
	t, _ := c.topologyNow()
	c.mu.Unlock()
	switch {
	case !leads:
		return
	case older:
		if !c.putBack(ctx, revision, next) {
			return
		}
		c.log.Warn("coordination: etcd had an older assignment of slots than this node, which has put the later one back", zap.Uint64("version", c.Assignment().Slots.Version))
		return
	case !none || c.o.Entries == nil || c.o.Entries() == 0:
		return
	}
	owners, err := new(topology.Ownership).Of(t)
	if err != nil {
		return
	}
	names := make([]string, len(owners))
	for slot, g := range owners {
		names[slot] = t.Groups[g].Name
	}
	// Should all that etcd has be deleted one day, and no node remember it, then the next version is still higher.
	next.Slots = topology.NewSlots(uint64(time.Now().Unix()), names)
	if c.putBack(ctx, revision, next) {
		c.log.Info("coordination: the slots belong to the groups that there are; a group that is added gets some by REBALANCE", zap.Int("groups", len(t.Groups)))
	}
}

// putBack writes r if the key still has that revision.
func (c *Coordinator) putBack(ctx context.Context, revision int64, r slotsRecord) bool {
	own, err := c.leading()
	if err != nil {
		return false
	}
	changed, err := c.putSlots(ctx, revision, &r, clientv3.Compare(clientv3.ModRevision(c.k.primary(c.o.Self.Group)), "=", own))
	if err != nil && !errors.Is(err, context.Canceled) {
		c.trouble("storing who owns the slots", err)
	}
	if err != nil || !changed {
		wake(c.reload)
	}
	return changed
}
