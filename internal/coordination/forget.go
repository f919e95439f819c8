package coordination

import (
	"context"
	"errors"
	"slices"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/topology"
)

// forget removes from etcd the members that have been away for forget_after and are in no config. The primary calls it.
func (c *Coordinator) forget(ctx context.Context) {
	c.mu.Lock()
	group, now := c.o.Self.Group, c.now()
	etcd := c.etcd
	var old []string
	if leads := c.view.primaries[group]; leads.ID == c.o.Self.ID && leads.lease == c.lease {
		for id := range c.view.known[group] {
			_, live := c.view.members[group][id]
			inConfig := slices.ContainsFunc(c.o.Config.Servers, func(s topology.Server) bool { return s.ID == id && id != c.o.Self.ID })
			switch since, noted := c.gone[id]; {
			case live || inConfig:
				delete(c.gone, id)
			case !noted:
				c.gone[id] = now
			case now-since >= c.o.ForgetAfter:
				old = append(old, id)
				c.gone[id] = now // if this attempt fails, the next one follows after forget_after
			}
		}
	} else {
		clear(c.gone)
		clear(c.goneGroups)
	}
	groups := c.leftGroups(now)
	c.mu.Unlock()
	for _, name := range groups {
		c.forgetGroup(ctx, name)
	}
	for _, id := range old {
		bounded, cancel := c.request(ctx)
		if _, err := etcd.Delete(bounded, c.k.known(group, id)); err == nil {
			c.log.Info("coordination: forgotten: a member without a sign of life for forget_after", zap.String("member", id))
		}
		cancel()
	}
}

// leftGroups returns the groups that own no slots, are in no config, and have had no member for forget_after: nobody but the
// primaries of other groups can forget them. Without a stored assignment none is forgotten, since that would move keys. REQUIRES mu.
func (c *Coordinator) leftGroups(now time.Duration) (old []string) {
	if leads := c.view.primaries[c.o.Self.Group]; c.latest.Slots == nil || leads.ID != c.o.Self.ID || leads.lease != c.lease {
		return nil
	}
	owning := c.owning()
	for _, m := range c.latest.Moves {
		owning[m.From], owning[m.To] = true, true
	}
	for name, members := range c.view.known {
		inConfig := slices.ContainsFunc(c.o.Config.Groups, func(g topology.Group) bool { return g.Name == name })
		switch since, noted := c.goneGroups[name]; {
		case inConfig || owning[name] || len(members) == 0 || len(c.view.members[name]) > 0:
			delete(c.goneGroups, name)
		case !noted:
			c.goneGroups[name] = now
		case now-since >= c.o.ForgetAfter:
			old = append(old, name)
			c.goneGroups[name] = now
		}
	}
	return old
}

// forgetGroup removes a group's members from etcd, unless the assignment of slots has changed. Entries that it still had to
// remove are gone with them.
func (c *Coordinator) forgetGroup(ctx context.Context, name string) {
	c.mu.Lock()
	etcd, revision := c.etcd, c.view.slots.revision
	c.mu.Unlock()
	bounded, cancel := c.request(ctx)
	defer cancel()
	answer, err := etcd.Txn(bounded).If(clientv3.Compare(clientv3.ModRevision(c.k.slots()), "=", revision)).
		Then(clientv3.OpDelete(c.k.known(name, ""), clientv3.WithPrefix())).Commit()
	if err != nil || !answer.Succeeded {
		return
	}
	c.log.Info("coordination: forgotten: a group that owns no slots, without a sign of life for forget_after", zap.String("group", name))
	_, err = c.changeSlots(ctx, func(a *Assignment) error {
		left := slices.DeleteFunc(slices.Clone(a.Removing), func(m topology.Move) bool { return m.From == name })
		if len(left) == len(a.Removing) {
			return errNothing
		}
		a.Removing = left
		return nil
	})
	if err != nil && !errors.Is(err, errNothing) {
		c.trouble("forgetting what a group had to remove", err)
	}
}
