package session

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/cachegopher/cachegopher/server/auth"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

// Limits of a connection before sign-in, on a node with users.
const (
	earlyBytes = 4096             // of input
	earlyTime  = 10 * time.Second // from its start to its sign-in
)

// earlyPart returns the front of in that may be executed before sign-in. Input past earlyBytes is not
// executed and closes the connection.
func (s *Session) earlyPart(in []byte) []byte {
	return in[:min(len(in), earlyBytes+1-min(s.earlySent, earlyBytes))]
}

// early closes a connection that has sent too much before sign-in.
func (s *Session) early(used, rest int) {
	if s.earlySent += used; s.earlySent+rest > earlyBytes {
		s.closing, s.reason = true, fmt.Sprintf("more than %d bytes before it signed in", earlyBytes)
	}
}

// Backlog is the limit, in bytes, of the connection's unexecuted input; 0: the server's limit.
func (s *Session) Backlog() int {
	if s.denied&(NeedsUser|NeedsRoom) != 0 {
		return earlyBytes
	}
	return 0
}

// signIn is a Wait for the check of a password.
//
// The check is cancelled when the connection closes. After failures of its address it may be delayed for minutes, and would
// delay other clients of that address.
type signIn struct {
	result atomic.Pointer[outcome]
	cmd    *Handler
	then   func(*Call)
	cancel func()
}

type outcome struct{ user *auth.User }

// SignIn signs the client in as the user of that name if the password is right, and calls then, which answers the command.
// Otherwise it answers an error.
func (c *Call) SignIn(name string, password []byte, then func(*Call)) {
	s, users := c.Session, c.Node.Users
	if u := users.Known(name, password); u != nil {
		s.become(u)
		then(c)
		return
	}
	w := &signIn{cmd: c.cmd, then: then}
	wake := s.Wake()
	cancel, err := users.Verify(name, password, s.info.Remote, func(u *auth.User) {
		w.result.Store(&outcome{u})
		wake()
	})
	if err != nil {
		c.FailAs(reply.TryAgain, err.Error()+"; try again in a second")
		return
	}
	w.cancel = cancel
	c.Await(w)
}

// Over implements Wait.
func (w *signIn) Over(c *Call) bool {
	r := w.result.Load()
	if r == nil {
		return false
	}
	c.cmd = w.cmd
	if r.user == nil {
		c.Error(reply.WrongPassword)
		return true
	}
	c.Session.become(r.user)
	w.then(c)
	return true
}

// End implements Wait.
func (w *signIn) End() { w.cancel() }
