package session

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/cachegopher/cachegopher/server/auth"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

// Limits of a connection whose client has not signed in, on a node with users.
const (
	earlyBytes = 4096             // that it may send
	earlyTime  = 10 * time.Second // from its start to its sign-in
)

// earlyPart returns the front of in that is executed for a client that has not signed in. Input past earlyBytes is not
// executed and closes the connection.
func (s *Session) earlyPart(in []byte) []byte {
	return in[:min(len(in), earlyBytes+1-min(s.earlySent, earlyBytes))]
}

// early closes a connection that sends too much before its client has signed in.
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

// signIn is a sign-in whose password is being checked. The connection executes nothing meanwhile.
//
// The check is cancelled when the connection closes: it may be delayed for minutes, because its address has failed before,
// and would then delay clients that are still there.
type signIn struct {
	result atomic.Pointer[outcome]
	cmd    *Handler
	then   func(*Call)
	cancel func()
}

type outcome struct{ user *auth.User }

// SignIn makes the client the user of that name if the password is right, and then calls then, which answers the command.
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

func (w *signIn) End() { w.cancel() }
