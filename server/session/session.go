package session

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachegopher/cachegopher/server/auth"
)

// ConnInfo is what a session tells about its connection.
type ConnInfo struct {
	Remote, Local string // addresses
	// FD tells the connection's descriptor, 0 while it has none. It may be called from any goroutine; nil: 0.
	FD func() int
	// Wake has whoever runs the session look at it again: it is to be closed, or need not wait any longer.
	// It may be called from any goroutine; nil: nobody looks.
	Wake func()
	// User is whom the connection has proved to be already, by a certificate; empty: nobody.
	User string
	// Refusal is set for a newcomer, which came where clients have a limit: it may be another node, or a health check,
	// and gets no more done than these need. The text is what it is told when it wants more; it is then closed.
	Refusal string
	// Refused counts that. Node says that another node has taken the connection over, and reports false when there is
	// no room for it. The goroutine that runs the session calls them; nil: nothing counts.
	Refused func()
	Node    func() bool
}

// Session is the state of one connection. Its exported methods are for the one
// goroutine that runs it.
type Session struct {
	n    *Node
	id   uint64
	info ConnInfo
	born time.Time

	dialect  *spoken // nil until the first byte comes
	decoder  Decoder // of the dialect
	proto    uint8   // RESP version: 2 or 3
	closing  bool
	muted    bool // CLIENT REPLY OFF
	skip     uint8
	need     int
	full     bool  // Run stopped at its limit before the end of its input
	progress int   // of the command at the front of the input: parts done in earlier calls
	walk     *walk // KEYS under way
	wait     pause
	stream   Stream       // has taken the connection over
	tx       *transaction // queued since MULTI; nil: there was none
	reason   string

	user        *auth.User  // who has signed in; nil: nobody, or the node has no users
	denied      uint32      // what the client must not do, see needs
	earlySent   int         // bytes before it signed in
	signInTimer *time.Timer // closes a client that does not sign in in time; nil: it need not

	// What other sessions see.
	killed     atomic.Bool
	ended      atomic.Bool  // closing, for others: the connection only lingers until its client has the last reply
	late       atomic.Bool  // killed because it did not sign in
	expelled   atomic.Bool  // killed because its user is gone or has changed
	link       atomic.Int32 // a link, as the connection is now
	lastCmd    atomic.Int32 // index of the handler
	lastUsed   atomic.Int64 // the store's clock, ms
	pending    atomic.Int32 // bytes of an incomplete request
	protoShown atomic.Int32 // proto, for CLIENT LIST
	queued     atomic.Int32 // commands in the transaction and one, for CLIENT LIST; 0: there is none
	mu         sync.Mutex
	name       string // guarded by mu, as the following
	libName    string
	libVer     string
	noEvict    bool
	noTouch    bool
	userName   string
	account    *auth.User // user, for others to see
}

// pause is a command under way that waits for something outside of its connection.
type pause interface {
	// over answers once the waiting is over, and reports whether it is.
	over(*Call) bool
	// end gives up.
	end()
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

// Close says that the connection is gone.
func (s *Session) Close() {
	if s.stream != nil {
		s.stream.Close()
	}
	if s.wait != nil {
		s.wait.end()
	}
	if s.signInTimer != nil {
		s.signInTimer.Stop()
	}
	s.n.mu.Lock()
	delete(s.n.sessions, s.id)
	s.n.mu.Unlock()
}

// ID is the connection's number, which CLIENT ID shows.
func (s *Session) ID() uint64 { return s.id }

// Need is how many more bytes of input must come before Run can do anything;
// 0: any.
func (s *Session) Need() int { return s.need }

// More reports whether Run has work left without any new input: replies that did
// not fit its limit, or a walk under way.
func (s *Session) More() bool {
	return !s.closing && (s.full || s.progress > 0 || s.walk != nil || s.wait != nil || s.stream != nil && s.stream.More())
}

// Blocked reports whether there is nothing to run before ConnInfo.Wake is called,
// although More says so.
func (s *Session) Blocked() bool { return s.wait != nil && !s.Closing() }

// Closing reports whether the connection is to be closed once its replies are sent.
func (s *Session) Closing() bool { return s.closing || s.killed.Load() }

// Reason tells why the session wants the connection closed, for the log; empty
// when its client asked for it.
func (s *Session) Reason() string {
	if s.late.Load() {
		return "it did not sign in in time"
	}
	if s.expelled.Load() {
		return "its user is gone or has changed"
	}
	return s.reason
}

// gone reports whether the connection serves its client no more, though it may not be closed yet. Any goroutine
// may call it.
func (s *Session) gone() bool { return s.ended.Load() || s.killed.Load() }

// clients are the sessions that serve somebody. REQUIRES: mu.
func (n *Node) clients() int {
	count := 0
	for _, s := range n.sessions {
		if !s.gone() {
			count++
		}
	}
	return count
}

// Dialect is the name of the dialect that the connection speaks, empty before its first byte.
func (s *Session) Dialect() string {
	if s.dialect == nil {
		return ""
	}
	return s.dialect.Name
}
