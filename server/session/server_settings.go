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
