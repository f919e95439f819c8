package session

import (
	"fmt"

	"github.com/cachegopher/cachegopher/server/auth"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

// deniedTo returns the preconditions, see needs.go, that u does not meet.
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

// May reports whether the client has the right. If not, it answers an error that names the command to.
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

// MayAllKeys reports whether the client may touch all keys. If not, it answers an error that names the command to.
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

// Limited reports whether the client may touch only keys with certain prefixes. Such a client must not see other keys, nor
// see or close other users' connections.
func (s *Session) Limited() bool { return s.user != nil && len(s.user.Prefixes) > 0 }

// keysAllowed reports whether the client may touch all keys of the request. If not, it answers an error.
func (c *Call) keysAllowed(cmd *Handler) bool {
	allowed := true
	c.EachKey(cmd, func(i int) { allowed = allowed && c.Session.user.MayTouch(c.Arg(i)) })
	if !allowed {
		c.FailAs(reply.NoPerm, "No permissions to access a key")
	}
	return allowed
}
