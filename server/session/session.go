package session

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachegopher/cachegopher/server/auth"
)

// ConnInfo describes a connection to its session.
type ConnInfo struct {
	Remote, Local string // addresses
	// FD returns the connection's file descriptor, 0 while it has none. Any goroutine may call it; nil: 0.
	FD func() int
	// Wake makes the session's owner call Run again, because the session must close or its wait is over.
	// Any goroutine may call it; nil: it has no effect.
	Wake func()
	// User is the user that the client's certificate has authenticated; empty: none.
	User string
	TLS  bool // the client speaks TLS
	// Refusal is set if the connection is beyond the limit of clients: an error behind its code, as in "ERR no room". The
	// connection may still be another node or a health check, and may use their commands. Any other request is answered with
	// Refusal and closes the connection.
	Refusal string
	// Refused counts a connection closed like this. Node counts the connection as another node's, and returns false if there
	// is no room for another node. The goroutine that runs the session calls them; nil: nothing is counted.
	Refused func()
	Node    func() bool
}

// Session is the state of one connection. Only the goroutine that runs it may call its methods, unless they say otherwise.
type Session struct {
	n    *Node
	id   uint64
	info ConnInfo
	born time.Time

	dialect   *spoken // nil until the first bytes decide it
	decoder   Decoder // of the dialect
	proto     uint8   // RESP version: 2 or 3
	closing   bool
	muted     bool // CLIENT REPLY OFF is in force
	skip      uint8
	need      int
	full      bool  // Run stopped at its limit before the end of its input
	progress  int   // parts of the command at the front of the input that earlier Runs have done
	outwaited bool  // the command at the front of the input has waited for the owner of its slot in vain
	walk      *walk // a KEYS in progress, or the rest of a long EXEC reply
	wait      Wait
	asleep    bool         // the last Run found that wait is not over, so that its end will wake the owner
	peerLink  PeerLink     // serves the connection in place of the dialect; nil: none
	tx        *transaction // commands queued since MULTI; nil outside a transaction
	watches   bool         // changes of the topology are pushed
	routes    bool         // the client routes its requests itself: see RouteItself
	stays     bool         // routes, and no request is redirected: the dialect has no redirections
	// readsAnywhere: a secondary executes reads, see ReadAnywhere
	readsAnywhere bool
	pushed        *[]byte // the topology last pushed
	reason        string

	user        *auth.User  // the signed-in user; nil: none, or the node has no users
	denied      uint32      // preconditions that the client does not meet, see needs.go
	earlySent   int         // bytes received before sign-in
	signInTimer *time.Timer // closes the connection if the client does not sign in in time; nil: no time limit

	// Read by other goroutines.
	killed     atomic.Bool
	ended      atomic.Bool  // closing, for other goroutines: the connection stays open only to send the last replies
	late       atomic.Bool  // killed because it did not sign in
	expelled   atomic.Bool  // killed because its user is gone or has changed
	link       atomic.Int32 // a Link: the current kind of the connection
	lastCmd    atomic.Int32 // index of the handler
	lastUsed   atomic.Int64 // the store's clock, ms
	pending    atomic.Int32 // bytes of an incomplete request
	protoShown atomic.Int32 // proto, for CLIENT LIST
	queued     atomic.Int32 // commands in the transaction plus one, for CLIENT LIST; 0: no transaction
	mu         sync.Mutex
	name       string // guarded by mu, as is everything below
	libName    string
	libVer     string
	noEvict    bool
	userName   string
	account    *auth.User // user, for other goroutines
}

// NewSession registers a connection. The caller must Close it.
func (n *Node) NewSession(info ConnInfo) *Session {
	s := &Session{n: n, info: info, born: time.Now(), proto: 2}
	s.lastCmd.Store(-1)
	s.lastUsed.Store(n.store.Now())
	s.admit()
	n.mu.Lock()
	n.nextID++
	n.accepted++
	s.id = n.nextID
	n.sessions[s.id] = s
	n.mu.Unlock()
	s.recheck()
	return s
}

// Close releases the session once its connection is gone.
func (s *Session) Close() {
	if s.peerLink != nil {
		s.peerLink.Close()
	}
	if s.wait != nil {
		s.wait.End()
	}
	if s.signInTimer != nil {
		s.signInTimer.Stop()
	}
	if s.watches {
		s.WatchTopology(false)
	}
	s.n.mu.Lock()
	delete(s.n.sessions, s.id)
	s.n.mu.Unlock()
}

// ID is the connection's number, which CLIENT ID shows.
func (s *Session) ID() uint64 { return s.id }

// Need is how many more bytes of input Run needs to make progress; 0: any number.
func (s *Session) Need() int { return s.need }

// More reports whether Run has work to do without new input: replies beyond its
// limit, an unfinished walk, or a change of the topology to push.
func (s *Session) More() bool {
	return !s.closing && (s.full || s.progress > 0 || s.walk != nil || s.wait != nil || s.peerLink != nil && s.peerLink.More() || s.topologyDue())
}

// Blocked reports whether calling Run is useless until ConnInfo.Wake is called,
// even if More reports true.
//
// The end of a wait wakes the owner once. A Run that stopped before it looked at the wait, for instance because it
// pushed a large topology, may have used that wake-up, so that the next Run must look.
func (s *Session) Blocked() bool { return s.asleep && !s.Closing() }

// Closing reports whether the connection is to be closed once its replies are sent.
func (s *Session) Closing() bool { return s.closing || s.killed.Load() }

// Reason says why the session closes the connection, for the log; empty if the
// client asked for it.
func (s *Session) Reason() string {
	if s.late.Load() {
		return "it did not sign in in time"
	}
	if s.expelled.Load() {
		return "its user is gone or has changed"
	}
	return s.reason
}

// clients counts the sessions that still serve a client. REQUIRES: n.mu is held.
func (n *Node) clients() int {
	count := 0
	for _, s := range n.sessions {
		if !s.Gone() {
			count++
		}
	}
	return count
}

// Dialect is the name of the connection's dialect; empty until its first bytes decide it.
func (s *Session) Dialect() string {
	if s.dialect == nil {
		return ""
	}
	return s.dialect.Name
}
