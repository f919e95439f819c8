package session

import (
	"time"

	"github.com/cachegopher/cachegopher/server/auth"
)

// DefaultUser is the user of a node without users, and of AUTH with a password alone.
const DefaultUser = "default"

// admit decides what the client may do before it signs in.
func (s *Session) admit() {
	s.userName = DefaultUser
	if s.info.Refusal != "" {
		s.denied = NeedsRoom
	}
	if s.n.Users == nil {
		return
	}
	if u := s.n.Users.Named(s.info.User); u != nil {
		s.become(u)
	} else {
		s.userName = ""
		s.leave()
	}
}

// leave signs the client out; it must sign in again within the limits of a new connection. REQUIRES: the session is new or
// its client has signed in, since leave restarts these limits.
func (s *Session) leave() {
	s.user, s.denied, s.earlySent = nil, NeedsUser|s.denied&NeedsRoom, 0
	s.signInTimer = time.AfterFunc(earlyTime, func() {
		s.late.Store(true)
		s.Kill()
	})
}

// become signs the client in as u. Only the goroutine that runs the session may call it.
func (s *Session) become(u *auth.User) {
	if s.signInTimer != nil {
		s.signInTimer.Stop()
	}
	room := s.denied & NeedsRoom
	if u.Rights&auth.Admin != 0 {
		room = 0
	}
	s.user, s.denied = u, deniedTo(u)|room
	s.mu.Lock()
	s.userName, s.account = u.Name, u
	s.mu.Unlock()
	s.recheck()
}

// User is the signed-in user; nil: none, or the node has no users.
func (s *Session) User() *auth.User { return s.user }

// SignedIn reports whether the client has signed in, or need not.
func (s *Session) SignedIn() bool { return s.denied&NeedsUser == 0 }

// recheck closes the connection if its user was replaced before ReplaceUsers could see that this is the user's connection.
func (s *Session) recheck() {
	if s.user != nil && !s.n.Users.Current(s.user) {
		s.expel()
	}
}

// expel closes the connection because its user is gone or has changed. Any goroutine may call it.
func (s *Session) expel() {
	s.expelled.Store(true)
	s.Kill()
}

// ReplaceUsers replaces the users of a node that has users. It closes the connections of users that are gone or have
// changed, and returns their number. On an error nothing changes.
func (n *Node) ReplaceUsers(accounts []auth.Account) (closed int, err error) {
	if err := n.Users.Replace(accounts); err != nil {
		return 0, err
	}
	for _, s := range n.Sessions() {
		s.mu.Lock()
		account := s.account
		s.mu.Unlock()
		if account != nil && !n.Users.Current(account) {
			s.expel()
			closed++
		}
	}
	return closed, nil
}
