package session

import (
	"strings"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

// killFilter says which connections CLIENT KILL closes.
type killFilter struct {
	id          int64
	addr, laddr *string
	user        *string
	types       []link // all must fit
	none        bool   // a type of client that there is not here
	skipMe      bool
}

// matches spares other nodes' connections unless the filter is about them: by their type, or by an id, an address or a
// user that is theirs. "Everybody" means clients.
func (f *killFilter) matches(s *Session) bool {
	for _, of := range f.types {
		if !s.is(of) {
			return false
		}
	}
	named := f.id != 0 || f.addr != nil || f.user != nil && s.n.Users != nil || len(f.types) > 0
	return !f.none && (named || s.is(linkClient)) && (f.id == 0 || s.id == uint64(f.id)) &&
		(f.addr == nil || s.info.Remote == *f.addr) && (f.laddr == nil || s.info.Local == *f.laddr) &&
		(f.user == nil || s.isUser(*f.user))
}

func (s *Session) isUser(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.userName == name
}

// sees reports whether the client may see the connection of s, and end it: one that is limited to certain keys sees
// those of its own user alone.
func (c *Call) sees(s *Session) bool { return !c.Session.limited() || s.isUser(c.Session.user.Name) }

func (c *Call) clientKill() {
	if c.NArg() == 3 {
		for _, s := range c.Node.allSessions() {
			if s.info.Remote == string(c.Arg(2)) && c.sees(s) && s.kill() {
				c.OK()
				return
			}
		}
		c.Fail("No such client")
		return
	}
	f, ok := c.killFilter()
	if !ok {
		return
	}
	n := int64(0)
	for _, s := range c.Node.allSessions() {
		if f.matches(s) && c.sees(s) && (s != c.Session || !f.skipMe) && s.kill() {
			n++
		}
	}
	c.Integer(n)
}

func (c *Call) killFilter() (f killFilter, ok bool) {
	f.skipMe = true
	for i := 2; i < c.NArg(); i += 2 {
		if i+1 == c.NArg() {
			c.Error(reply.SyntaxError)
			return f, false
		}
		value := string(c.Arg(i + 1))
		switch {
		case c.Is(i, "ID"):
			if f.id, ok = wire.ParseInt(c.Arg(i + 1)); !ok || f.id <= 0 {
				c.Fail("client-id should be greater than 0")
				return f, false
			}
		case c.Is(i, "ADDR"):
			f.addr = &value
		case c.Is(i, "LADDR"):
			f.laddr = &value
		case c.Is(i, "TYPE") && c.IsAny(i+1, "NORMAL", "MASTER", "REPLICA", "SLAVE", "PUBSUB"):
			if of, ok := linkTypes[strings.ToUpper(value)]; ok {
				f.types = append(f.types, of)
			} else {
				f.none = true
			}
		case c.Is(i, "TYPE"):
			c.Fail("Unknown client type '" + c.Shown(i+1) + "'")
			return f, false
		case c.Is(i, "USER") && (c.Node.Users == nil && value != everybody || c.Node.Users != nil && c.Node.Users.Named(value) == nil):
			c.Fail("No such user '" + c.Shown(i+1) + "'")
			return f, false
		case c.Is(i, "USER"):
			f.user = &value
		case c.Is(i, "SKIPME") && c.IsAny(i+1, "YES", "NO"):
			f.skipMe = c.Is(i+1, "YES")
		default:
			c.Error(reply.SyntaxError)
			return f, false
		}
	}
	return f, true
}
