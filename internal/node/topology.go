package node

import (
	"slices"
	"sync/atomic"

	"github.com/cachegopher/cachegopher/internal/config"
)

// topology says which servers there are. It is replaced when the config is read again; whoever keeps what they read
// from it is told by replication.regroup. Safe for concurrent use.
type topology struct{ now atomic.Pointer[[]config.Node] }

// set makes the servers those of f.
func (t *topology) set(f *config.File) { t.now.Store(&f.Servers) }

// server is the server called id; ok is false when there is none.
func (t *topology) server(id string) (n config.Node, ok bool) {
	all := *t.now.Load()
	if i := slices.IndexFunc(all, func(n config.Node) bool { return n.ID == id }); i >= 0 {
		return all[i], true
	}
	return config.Node{}, false
}

// members are the ids of the servers of a group.
func (t *topology) members(group string) (ids []string) {
	for _, n := range *t.now.Load() {
		if n.Group == group {
			ids = append(ids, n.ID)
		}
	}
	return ids
}

// moved reports whether other nodes reach a at other addresses than b.
func moved(a, b config.Node) bool {
	return !slices.Equal(a.Addresses, b.Addresses) || a.TLSAddress != b.TLSAddress
}

// regroup takes up the servers of f, in which this node is n: new members are connected to, those that are gone are
// dropped, and those with other addresses are connected to there. On an error nothing changes.
func (r *replication) regroup(f *config.File, n *config.Node) error {
	before := r.servers.now.Load()
	r.servers.set(f) // first: links to new members are dialed at once
	if r.secondary != nil {
		r.secondary.SetMembers(r.servers.members(n.Group))
		return nil
	}
	if err := r.primary.SetSecondaries(n.Secondaries); err != nil {
		r.servers.now.Store(before)
		return err
	}
	for _, was := range *before {
		if is, ok := r.servers.server(was.ID); ok && moved(was, is) {
			r.primary.Reconnect(was.ID)
		}
	}
	return nil
}
