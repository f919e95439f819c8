package session

import (
	"time"
)

func (n *Node) maxClients() int {
	if n.Settings == nil {
		return 10000
	}
	return n.Settings.MaxConnections()
}

func (n *Node) idleTimeout() time.Duration {
	if n.Settings == nil {
		return 0
	}
	return n.Settings.IdleTimeout()
}

func (n *Node) keepAlive() time.Duration {
	if n.Settings == nil {
		return 0
	}
	return n.Settings.KeepAlive()
}

func (n *Node) clientBuffers() int64 {
	if n.Settings == nil {
		return 0
	}
	return n.Settings.ClientBuffers()
}

// rejectedConnections counts connections over the cap, where the server tells.
func (n *Node) rejectedConnections() int64 {
	if r, ok := n.Settings.(interface{ RejectedConnections() int64 }); ok {
		return r.RejectedConnections()
	}
	return 0
}

// Closed counts connections that a node closed, by its reasons.
type Closed struct {
	Backlog, ClientBuffers int64 // too much unexecuted input; all buffers together too large
	Idle, Unsent           int64 // silent for too long; replies not taken in time
	Protocol               int64 // broke the protocol or spoke HTTP
	Panics                 int64 // a fault of the node
}

// closed counts the connections that the server closed, where it tells.
func (n *Node) closed() Closed {
	if s, ok := n.Settings.(interface{ Closed() Closed }); ok {
		return s.Closed()
	}
	return Closed{}
}

// readsAndWrites counts system calls on sockets, where the server tells.
func (n *Node) readsAndWrites() (reads, writes int64) {
	if s, ok := n.Settings.(interface{ ReadsAndWrites() (reads, writes int64) }); ok {
		return s.ReadsAndWrites()
	}
	return 0, 0
}
