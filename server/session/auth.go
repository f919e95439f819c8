package session

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/cachegopher/cachegopher/server/auth"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var authCommands = []Command{
	{
		Name: "AUTH", Run: cmdAuth, Arity: -2,
		Flags: "noscript loading stale fast no_auth allow_busy", Spares: NeedsRoom, Group: "connection", Since: "1.0.0",
		Syntax:   "[username] password",
		Summary:  "Authenticates the connection.",
		Instead:  "WithAuth",
		Secret:   true,
		Required: "clients, nodes and health checks sign in with it",
		Line:     []Form{{Min: 2, Max: 3, Syntax: "[<user>] <password>", Reply: "`OK`, or `ERROR: WRONGPASS ...`"}},
	},
	{
		Name: "ACL", Run: cmdACL, Arity: -2,
		Flags: "noscript loading stale", Group: "server", Shared: true, Since: "6.0.0",
		Syntax:  "WHOAMI",
		Summary: "Tells which user the connection has signed in as.",
		Subcommands: []Subcommand{
			{Usage: "WHOAMI", Help: "Return the name of the user of this connection."},
		},
	},
}

// What a connection may do before its client has signed in, on a node with users.
const (
	// earlyBytes is how much it may send.
	earlyBytes = 4096
	// earlyTime is how long it may take.
	earlyTime = 10 * time.Second
)

// DefaultUser is the user of a node without users, and of AUTH with a password alone.
const DefaultUser = "default"

// Causes of what CheckCommands returns.
var (
	ErrCommand = errors.New("no such command")
	ErrNeeded  = errors.New("cannot be switched off")
)

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

// leave makes the client nobody, who has to sign in within the limits of a new connection. Somebody who has
// not signed in must not call it again: that would begin the limits anew.
func (s *Session) leave() {
	s.user, s.denied, s.earlySent = nil, NeedsUser|s.denied&NeedsRoom, 0
	s.signInTimer = time.AfterFunc(earlyTime, func() {
		s.late.Store(true)
		s.Kill()
	})
}

// become makes the client u. It is for the goroutine that runs the session.
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

// User is the user that the client has signed in as; nil: none, or the node has no users.
func (s *Session) User() *auth.User { return s.user }

// SignedIn reports whether the client has signed in, or need not.
func (s *Session) SignedIn() bool { return s.denied&NeedsUser == 0 }

// recheck closes the connection if its user was replaced before ReplaceUsers could see whose it is.
func (s *Session) recheck() {
	if s.user != nil && !s.n.Users.Current(s.user) {
		s.expel()
	}
}

// expel closes the connection of a user who is gone or has changed. It may be called from any goroutine.
func (s *Session) expel() {
	s.expelled.Store(true)
	s.Kill()
}

// ReplaceUsers makes accounts the users of a node that has some, and closes the connections of those who
// are gone or have changed; it returns how many. On an error nothing changes.
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

// deniedTo is what u must not: see needs.
func deniedTo(u *auth.User) (denied uint32) {
	for right, needs := range map[auth.Rights]uint32{auth.Read: MayRead, auth.Write: MayWrite, auth.Admin: MayAdmin} {
		if u.Rights&right == 0 {
			denied |= needs
		}
	}
	if len(u.Prefixes) > 0 {
		denied |= AllKeys | SomeKeys
	}
	return denied
}

// earlyPart is what of in is executed for a client that has not signed in: what comes after it costs it the
// connection, and is not to cost others time.
func (s *Session) earlyPart(in []byte) []byte {
	return in[:min(len(in), earlyBytes+1-min(s.earlySent, earlyBytes))]
}

// early ends a connection that sends too much before its client has signed in.
func (s *Session) early(used, rest int) {
	if s.earlySent += used; s.earlySent+rest > earlyBytes {
		s.closing, s.reason = true, fmt.Sprintf("more than %d bytes before it signed in", earlyBytes)
	}
}

// Backlog is how many bytes of unexecuted input the connection may have; 0: what the server allows.
func (s *Session) Backlog() int {
	if s.denied&(NeedsUser|NeedsRoom) != 0 {
		return earlyBytes
	}
	return 0
}

// may reports whether the client has the right, and answers when it has not.
func (c *Call) May(right auth.Rights, to string) bool {
	if c.Session.user == nil || c.Session.user.Rights&right != 0 {
		return true
	}
	c.noPermission(to)
	return false
}

func (c *Call) noPermission(to string) {
	c.FailAs(reply.NoPerm, fmt.Sprintf("User %s has no permissions to run the '%s' command", c.Session.user.Name, to))
}

// mayAllKeys reports whether the client may touch all keys, and answers when it may not.
func (c *Call) MayAllKeys(to string) bool {
	if c.Session.Limited() {
		c.notAllKeys(to)
		return false
	}
	return true
}

func (c *Call) notAllKeys(to string) {
	c.FailAs(reply.NoPerm, "No permissions for all keys, which '"+to+"' is about")
}

// Limited reports whether the client may touch only keys with certain prefixes. Then it must neither see other keys nor
// see or close the connections of other users.
func (s *Session) Limited() bool { return s.user != nil && len(s.user.Prefixes) > 0 }

// keysAllowed reports whether the client may touch all keys of the command, and answers when it may not.
func (c *Call) keysAllowed(cmd *Handler) bool {
	allowed := true
	c.EachKey(cmd, func(i int) { allowed = allowed && c.Session.user.MayTouch(c.Arg(i)) })
	if !allowed {
		c.FailAs(reply.NoPerm, "No permissions to access a key")
	}
	return allowed
}

// signIn is AUTH under way: the connection executes nothing until the password has been checked.
//
// Since an address that failed is held back, the password could wait for minutes after its client has gone, and take
// the turns of clients that are there: it is forgotten with the connection.
type signIn struct {
	result atomic.Pointer[outcome]
	cmd    *Handler
	then   func(*Call)
	cancel func()
}

type outcome struct{ user *auth.User }

// SignIn makes the client the user if the password is right, and then goes on with then.
func (c *Call) SignIn(name string, password []byte, then func(*Call)) {
	s, users := c.Session, c.Node.Users
	if u := users.Known(name, password); u != nil {
		s.become(u)
		then(c)
		return
	}
	w := &signIn{cmd: c.cmd, then: then}
	wake := s.info.Wake
	cancel, err := users.Verify(name, password, s.info.Remote, func(u *auth.User) {
		w.result.Store(&outcome{u})
		if wake != nil {
			wake()
		}
	})
	if err != nil {
		c.FailAs(reply.TryAgain, err.Error()+"; try again in a second")
		return
	}
	w.cancel = cancel
	s.wait = w
}

func (w *signIn) over(c *Call) bool {
	r := w.result.Load()
	if r == nil {
		return false
	}
	c.Session.wait, c.cmd = nil, w.cmd
	if r.user == nil {
		c.Error(reply.WrongPassword)
		return true
	}
	c.Session.become(r.user)
	w.then(c)
	return true
}

func (w *signIn) end() { w.cancel() }

func cmdAuth(c *Call) {
	name, password := DefaultUser, c.Arg(1)
	switch {
	case c.NArg() > 3:
		c.Error(reply.SyntaxError)
		return
	case c.NArg() == 3:
		name, password = string(c.Arg(1)), c.Arg(2)
	}
	switch {
	case c.Node.Users != nil:
		c.SignIn(name, password, (*Call).OK)
	case c.NArg() == 2:
		c.Fail("AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?")
	case name == DefaultUser:
		c.OK() // without a password configured any will do, as in Redis
	default:
		c.Error(reply.WrongPassword)
	}
}

func cmdACL(c *Call) {
	switch {
	case c.Is(1, "WHOAMI") && c.NArg() == 2:
		c.Session.mu.Lock()
		name := c.Session.userName
		c.Session.mu.Unlock()
		c.Text(name)
	case c.Is(1, "WHOAMI"):
		c.WrongArgs("acl|whoami")
	default:
		c.UnknownSub("ACL")
	}
}
