package main

import (
	"errors"
	"slices"

	"github.com/cachegopher/cachegopher/internal/config"
)

// joins holds the flags of a node that is in no config and joins a group through etcd.
type joins struct {
	join    bool
	etcd    []string
	cluster string
	group   string
	found   bool // the group is a new one
}

// addSelf makes the node that --join describes a server of the config, which is new if there is none.
func (o *options) addSelf(s *selection) error {
	if !o.join {
		if o.given("etcd") || o.given("group") || o.given("cluster") || o.given("new-group") {
			return errors.New("--etcd, --cluster, --group and --new-group are for --join")
		}
		return nil
	}
	if o.serverID == "" || o.group == "" || len(o.addresses) == 0 {
		return errors.New("--join needs --server-id, --group and --address: who the node is, and where others reach it")
	}
	if s.File == nil {
		s.File = new(config.File)
		s.File.EnsureDefaults()
	}
	f := s.File
	if len(o.etcd) > 0 {
		f.Coordination.Etcd = o.etcd
	}
	if o.cluster != "" {
		f.Coordination.Cluster = o.cluster
	}
	if !f.Coordinated() {
		return errors.New("--join needs --etcd URL, or a config with a coordination")
	}
	if slices.ContainsFunc(f.Servers, func(n config.Node) bool { return n.ID == o.serverID }) {
		return nil // an operator has added it to the config
	}
	s.Joined, s.NewGroup = true, o.found
	self := config.Node{ID: o.serverID, Role: config.Primary, Addresses: o.addresses, Settings: f.Common}
	for i := range f.Servers {
		if n := &f.Servers[i]; n.Group == o.group && n.Role == config.Primary {
			self.Role, self.Primary = config.Secondary, n.ID
			n.Secondaries = append(n.Secondaries, self.ID)
		}
	}
	f.Servers = append(f.Servers, self)
	f.EnsureDefaults()
	f.Servers[len(f.Servers)-1].Group = o.group
	return f.Validate()
}
