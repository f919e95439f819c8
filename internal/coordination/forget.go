package coordination

import (
	"context"
	"slices"

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
	}
	c.mu.Unlock()
	for _, id := range old {
		bounded, cancel := c.request(ctx)
		if _, err := etcd.Delete(bounded, c.k.known(group, id)); err == nil {
			c.log.Info("coordination: forgotten: a member without a sign of life for forget_after", zap.String("member", id))
		}
		cancel()
	}
}
