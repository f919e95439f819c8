package session

import (
	"sync"
	"sync/atomic"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// topologyFeed is the topology as the node's sessions know it, and who is told of changes. The zero value knows of none.
type topologyFeed struct {
	now atomic.Pointer[[]byte] // JSON

	mu       sync.Mutex
	watchers map[*Session]struct{}
}

// noTopology is what a node answers that was told of none.
var noTopology = []byte(`{"version":0,"groups":[],"servers":[]}`)

// SetTopology sets what TOPOLOGY answers, and pushes it to the connections that watch it. The caller must not change
// document any more. Any goroutine may call it.
func (n *Node) SetTopology(document []byte) {
	f := &n.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now.Store(&document)
	for s := range f.watchers {
		s.Wake()()
	}
}

// Topology is what TOPOLOGY answers.
func (n *Node) Topology() []byte {
	if now := n.feed.now.Load(); now != nil {
		return *now
	}
	return noTopology
}

// WatchTopology has changes of the topology pushed to the connection from now on, or no longer.
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

// topologyDue reports whether the connection has not been told of the latest change.
func (s *Session) topologyDue() bool { return s.watches && s.pushed != s.n.feed.now.Load() }

// pushTopology appends the topology as a push message, unless a reply is unfinished: then it is to be called again.
// RESP2 has no push messages.
func (s *Session) pushTopology(c *Call) {
	if s.walk != nil || s.progress > 0 || s.peerLink != nil {
		return
	}
	s.pushed = s.n.feed.now.Load()
	if c.Proto() >= 3 {
		c.Out = append(c.Out, ">2\r\n$8\r\ntopology\r\n"...)
		c.Out = wire.Bulk(c.Out, *s.pushed)
	}
}
