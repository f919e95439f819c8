package node

import (
	"bytes"
	"encoding/json"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/topology"
)

// topology returns the topology that the node starts with: that of source or, without one, that of the config.
func (s *Setup) topology(source topology.Source) *topology.Topology {
	if source != nil {
		if t, err := source.Read(); err == nil {
			return t
		}
	}
	if s.File != nil {
		return topology.Of(s.File)
	}
	return topology.Of(&config.File{Servers: []config.Node{s.Node}})
}

// publish passes the topology on to clients that ask for it.
func (n *Node) publish() {
	n.document.Lock() // the latest one is published last
	document, err := json.Marshal(n.topology.Now())
	if err != nil {
		n.log.Error("cannot write the topology as JSON", zap.Error(err))
	} else if !bytes.Equal(document, n.sessions.Topology()) {
		n.sessions.SetTopology(document)
	}
	n.document.Unlock()
	n.publishCluster()
}

// changed records the group's new primary and epoch. The member calls it when other members have reported them, or when a
// hand-over or PROMOTE FORCE has made them.
func (r *replication) changed(epoch uint64, primary string) {
	if c := r.coordinated.by.Load(); c != nil && primary == r.id {
		c.Led(r.tenures.isForced())
	}
	if primary == r.id {
		r.tenures.began(epoch, byHandover)
	}
	g, ok := r.topology.Now().GroupOf(r.id)
	if !ok || !r.topology.Learn(g.Name, epoch, primary) {
		return
	}
	r.log.Info("the group has another primary", zap.String("group", g.Name), zap.Uint64("epoch", epoch),
		zap.String("primary", primary), zap.String("before", g.Leader))
	if s, known := r.topology.Now().Server(primary); !known || s.Group != g.Name {
		r.log.Error("the group's primary is not among the servers of this node's config; clients that ask this node do not find it",
			zap.String("primary", primary), zap.String("remedy", "add it to the config of every node, and send SIGHUP"))
	}
	r.logDifference()
}

// logDifference logs how the config differs from who leads.
func (r *replication) logDifference() {
	own, _ := r.topology.Base().GroupOf(r.id)
	now, _ := r.topology.Now().GroupOf(r.id)
	if own.Leader != now.Leader {
		r.log.Warn("the config names another primary than the group has; its roles are ignored",
			zap.String("config", own.Leader), zap.String("primary", now.Leader), zap.Uint64("epoch", now.Epoch),
			zap.String("remedy", "PROMOTE changes the primary; cachegopher-cli TOPOLOGY --config prints a config with the present roles"))
	}
}
