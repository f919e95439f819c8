package node

import (
	"errors"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/session"
)

var errNoImports = errors.New("this node takes no slots: they move only between the groups of a cluster with etcd")

// Import implements session.Replication.
func (r *replication) Import(string, []string, func(), func()) (session.PeerLink, string, error) {
	return nil, string(wire.Error(nil, "ERR ", errNoImports.Error())), errNoImports
}
