package session

import (
	"sync"
	"sync/atomic"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// topologyFeed holds the topology that the node shows to clients, and the sessions that watch it. The zero value has none.
type topologyFeed struct {
	now atomic.Pointer[[]byte] // JSON

	mu       sync.Mutex
	watchers map[*Session]struct{}
}

// noTopology is the answer of a node without a topology.
var noTopology = []byte(`{"version":0,"groups":[],"servers":[]}`)

// SetTopology sets the reply of TOPOLOGY and pushes it to the connections that watch it. It retains document. Any goroutine
// may call it.
func (n *Node) SetTopology(document []byte) {
	f := &n.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now.Store(&document)
	for s := range f.watchers {
		s.Wake()()
	}
}

// Topology is the document that TOPOLOGY replies.
func (n *Node) Topology() []byte {
	if now := n.feed.now.Load(); now != nil {
		return *now
	}
	return noTopology
}

// WatchTopology sets whether changes of the topology are pushed to the connection.
func (s *Session) WatchTopology(on bool) {
	f := &s.n.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	if s.watches = on; !on {
		delete(f.watchers, s)
		return
	}
	if f.watchers == nil {
		f.watchers = map[*Session]struct{}{}
	}
	f.watchers[s] = struct{}{}
	s.pushed = f.now.Load()
}

// topologyDue reports whether the latest topology is still to be pushed to the connection.
func (s *Session) topologyDue() bool { return s.watches && s.pushed != s.n.feed.now.Load() }

// replying reports whether the end of a reply is still to be sent, so that nothing else may be.
func (s *Session) replying() bool { return s.walk != nil || s.progress > 0 || s.peerLink != nil }

// pushTopology appends the topology as a push message, which RESP2 does not have. While a reply is unfinished it does
// nothing, and topologyDue stays true.
func (s *Session) pushTopology(c *Call) {
	if s.replying() {
		return
	}
	s.pushed = s.n.feed.now.Load()
	if c.Proto() >= 3 {
		c.Out = append(c.Out, ">2\r\n$8\r\ntopology\r\n"...)
		c.Out = wire.Bulk(c.Out, *s.pushed)
	}
}
