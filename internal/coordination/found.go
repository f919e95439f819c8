package coordination

import (
	"context"
	"fmt"
	"maps"
	"slices"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// noGroupError says that a joining node names a group that does not exist, in a cluster that has groups.
type noGroupError struct{ groups []string }

func (e *noGroupError) Error() string { return fmt.Sprint("no such group; there are ", e.groups) }

// checkGroup returns a noGroupError if this node would found a group without having been told to: a new group moves keys
// of every client.
func (c *Coordinator) checkGroup(ctx context.Context, etcd *clientv3.Client) error {
	if !c.o.Joined || c.o.NewGroup {
		return nil
	}
	all, err := etcd.Get(ctx, c.k.prefix, clientv3.WithPrefix())
	if err != nil {
		return fmt.Errorf("reading the groups: %w", err)
	}
	v := newView()
	for _, kv := range all.Kvs {
		_ = v.apply(c.k, kv, false) // watch logs faults
	}
	groups := map[string]bool{}
	for _, records := range []map[string]map[string]memberRecord{v.known, v.members} {
		for name, members := range records {
			if len(members) > 0 {
				groups[name] = true
			}
		}
	}
	for _, s := range c.config().Servers {
		if s.ID != c.o.Self.ID {
			groups[s.Group] = true
		}
	}
	_, led := v.last[c.o.Self.Group]
	if led || groups[c.o.Self.Group] || len(groups) == 0 {
		return nil
	}
	return &noGroupError{slices.Sorted(maps.Keys(groups))}
}
