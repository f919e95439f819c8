package session

import (
	"net"

	"github.com/cachegopher/cachegopher/internal/localreads"
)

// LocalReads hands the memory of the store to clients of the same machine, which then read from it themselves. Any goroutine
// may call its methods.
type LocalReads interface {
	// Grant returns the path of a unix socket, and a token with which the client whose connection has the descriptor fd gets
	// the memory there.
	Grant(fd int) (path, token string, err error)
	// SetServing sets whether the memory may be read at all, and SetSlots for which slots.
	SetServing(bool)
	SetSlots(*localreads.SlotSet)
}

// localReadCommands are the commands that a client which reads the memory does not send any more.
var localReadCommands = []string{"GET", "MGET", "EXISTS", "TTL", "PTTL"}

// Local reports whether the client is on this machine: at a unix socket, the loopback interface, or the machine's own address.
func (s *Session) Local() bool {
	host, _, err := net.SplitHostPort(s.info.Remote)
	if err != nil || s.overUnix() {
		return s.overUnix()
	}
	ip := net.ParseIP(host)
	return ip != nil && (ip.IsLoopback() || host == s.LocalHost())
}

// overUnix reports whether the connection is a unix socket's: its local address is a path.
func (s *Session) overUnix() bool { return s.LocalHost() == "" }

// FD is the connection's file descriptor, 0 while it has none.
func (s *Session) FD() int {
	if s.info.FD == nil {
		return 0
	}
	return s.info.FD()
}

// ReadsDisabled reports whether a command is disabled in whose place clients read the memory.
func (n *Node) ReadsDisabled() bool {
	for _, name := range localReadCommands {
		if n.table.commands.find([]byte(name)).needs.Load()&NeverMet != 0 {
			return true
		}
	}
	return false
}

// showServing passes on whether the node answers reads. It is called after each change of what that depends on.
func (n *Node) showServing() {
	if n.LocalReads == nil {
		return
	}
	n.showing.Lock()
	defer n.showing.Unlock()
	n.LocalReads.SetServing(!n.Loading() && !n.ReadsDisabled())
}

// showSlots passes on which slots the node serves: those of c, or all if it is nil.
func (n *Node) showSlots(c *Cluster) {
	if n.LocalReads == nil {
		return
	}
	slots := new(localreads.SlotSet)
	for i := range slots {
		slots[i] = 1<<64 - 1
		if c != nil {
			slots[i] = c.serving[i]
		}
	}
	n.LocalReads.SetSlots(slots)
}
