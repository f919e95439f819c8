package cli

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/topology"
)

// meetWithin bounds the wait for the client to take over what a node says of others.
const meetWithin = 2 * time.Second

// meet waits until the client knows the servers of the first node that answers: those that have joined the cluster are in no
// config. The client hears of them by itself, but only in a moment, and a command for all nodes would leave them out.
func (s *session) meet(ctx context.Context) {
	if s.met || s.only != "" {
		return
	}
	nodes := s.c.Nodes()
	answers := make(chan nodeAnswer, len(nodes))
	ctx, cancel := s.within(ctx)
	defer cancel()
	for _, n := range nodes {
		go func() {
			v, err := s.c.DoNode(ctx, n.ID, "TOPOLOGY")
			answers <- nodeAnswer{n, v, err}
		}()
	}
	known := &topology.Topology{}
	for range nodes {
		if a := <-answers; a.err == nil && json.Unmarshal(a.v.Bytes, known) == nil {
			s.met = true
			break
		}
	}
	end := time.Now().Add(meetWithin)
	for ctx.Err() == nil && time.Now().Before(end) && !knowsAll(s.c.Nodes(), known) {
		time.Sleep(5 * time.Millisecond)
	}
}

// knowsAll reports whether all servers of a cluster are among the nodes. Without a version the config has all of them.
func knowsAll(nodes []client.NodeStatus, t *topology.Topology) bool {
	return t.Version == 0 || !slices.ContainsFunc(t.Servers, func(s topology.Server) bool {
		return !slices.ContainsFunc(nodes, func(n client.NodeStatus) bool { return n.ID == s.ID })
	})
}
