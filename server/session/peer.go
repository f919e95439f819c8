package session

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Link says who is at the other end of a connection.
type Link int32

// The kinds of links.
const (
	ToClient  Link = iota
	ToPrimary      // this node's primary streams its writes
	ToReplica      // another node reads this one's data
)

// ClientInfo describes a connection.
type ClientInfo struct {
	ID             uint64
	Remote, Local  string // addresses
	FD             int
	Name           string // set by the client
	Library        string // the client library's own name
	LibraryVersion string
	User           string // empty: not signed in
	Age, Idle      time.Duration
	LastCommand    string // lower case; empty: none yet
	Link           Link
	NoEvict        bool
	Queued         int // commands in the transaction; -1: no transaction
	Pending        int // bytes of an incomplete request
	Proto          int // version of RESP
}

// Info describes the session's connection. Any goroutine may call it.
func (s *Session) Info() ClientInfo {
	s.mu.Lock()
	info := ClientInfo{Name: s.name, Library: s.libName, LibraryVersion: s.libVer, User: s.userName, NoEvict: s.noEvict}
	s.mu.Unlock()
	info.ID, info.Remote, info.Local = s.id, s.info.Remote, s.info.Local
	if s.info.FD != nil {
		info.FD = s.info.FD()
	}
	info.Age = time.Since(s.born)
	info.Idle = time.Duration(s.n.store.Now()-s.lastUsed.Load()) * time.Millisecond
	if id := s.lastCmd.Load(); id >= 0 {
		info.LastCommand = s.n.table.handlers[id].name
	}
	info.Link = Link(s.link.Load())
	info.Queued = int(s.queued.Load()) - 1
	info.Pending = int(s.pending.Load())
	info.Proto = max(2, int(s.protoShown.Load()))
	return info
}

// Sessions returns all sessions, oldest first, those about to end included. Any goroutine may call it.
func (n *Node) Sessions() []*Session {
	n.mu.Lock()
	all := slices.Collect(maps.Values(n.sessions))
	n.mu.Unlock()
	slices.SortFunc(all, func(a, b *Session) int { return cmp.Compare(a.id, b.id) })
	return all
}

// Clients describes up to most connections, in no order.
func (n *Node) Clients(most int) (list []ClientInfo) {
	var some []*Session
	n.mu.Lock()
	for _, s := range n.sessions {
		if len(some) == most {
			break
		}
		if !s.Gone() {
			some = append(some, s)
		}
	}
	n.mu.Unlock()
	for _, s := range some {
		list = append(list, s.Info())
	}
	return list
}

// Gone reports whether the session no longer serves its client, though the connection may still be open. Any goroutine may
// call it.
func (s *Session) Gone() bool { return s.ended.Load() || s.killed.Load() }

// Kill asks the session's connection to close, and reports false if it was asked before. Any goroutine may call it.
func (s *Session) Kill() bool {
	if !s.killed.CompareAndSwap(false, true) {
		return false
	}
	if s.info.Wake != nil {
		s.info.Wake()
	}
	return true
}

// Name is the connection's name, set by the client. Any goroutine may call it.
func (s *Session) Name() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.name
}

// SetName sets Name.
func (s *Session) SetName(name string) {
	s.mu.Lock()
	s.name = name
	s.mu.Unlock()
}

// SetLibrary sets the name of the client's library, as Info shows it.
func (s *Session) SetLibrary(name string) {
	s.mu.Lock()
	s.libName = name
	s.mu.Unlock()
}

// SetLibraryVersion sets the version of the client's library, as Info shows it.
func (s *Session) SetLibraryVersion(version string) {
	s.mu.Lock()
	s.libVer = version
	s.mu.Unlock()
}

// SetNoEvict sets what Info shows; it has no other effect.
func (s *Session) SetNoEvict(on bool) {
	s.mu.Lock()
	s.noEvict = on
	s.mu.Unlock()
}
