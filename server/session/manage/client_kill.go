package manage

import (
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

// killFilter selects the connections that CLIENT KILL closes.
type killFilter struct {
	id          uint64 // 0: any
	addr, laddr *string
	user        *string
	types       []session.Link // all must match
	skipMe      bool
	// named: a filter names single connections. Other filters match clients only, so that the connections of other nodes
	// survive.
	named bool
}

func (f *killFilter) matches(i *session.ClientInfo) bool {
	for _, of := range f.types {
		if i.Link != of {
			return false
		}
	}
	return (f.named || i.Link == session.ToClient) && (f.id == 0 || i.ID == f.id) &&
		(f.addr == nil || i.Remote == *f.addr) && (f.laddr == nil || i.Local == *f.laddr) &&
		(f.user == nil || i.User == *f.user)
}

func clientKill(c *session.Call) {
	if c.NArg() == 3 {
		for _, s := range c.Node.Sessions() {
			if info := s.Info(); info.Remote == string(c.Arg(2)) && sees(c, &info) && s.Kill() {
				c.OK()
				return
			}
		}
		c.Fail("No such client")
		return
	}
	f, ok := newKillFilter(c)
	if !ok {
		return
	}
	n := int64(0)
	for _, s := range c.Node.Sessions() {
		if info := s.Info(); f.matches(&info) && sees(c, &info) && (s != c.Session || !f.skipMe) && s.Kill() {
			n++
		}
	}
	c.Integer(n)
}

func newKillFilter(c *session.Call) (f killFilter, ok bool) {
	f.skipMe = true
	for i := 2; i < c.NArg(); i += 2 {
		if i+1 == c.NArg() {
			c.Error(reply.SyntaxError)
			return f, false
		}
		value := string(c.Arg(i + 1))
		switch {
		case c.Is(i, "ID"):
			id, ok := wire.ParseInt(c.Arg(i + 1))
			if !ok || id <= 0 {
				c.Fail("client-id should be greater than 0")
				return f, false
			}
			f.id, f.named = uint64(id), true
		case c.Is(i, "ADDR"):
			f.addr, f.named = &value, true
		case c.Is(i, "LADDR"):
			f.laddr = &value
		case c.Is(i, "TYPE"):
			of, ok := linkType(c, i+1)
			if !ok {
				return f, false
			}
			f.types, f.named = append(f.types, of), true
		case c.Is(i, "USER") && !userExists(c.Node, value):
			c.Fail("No such user '" + c.Shown(i+1) + "'")
			return f, false
		case c.Is(i, "USER"):
			f.user, f.named = &value, f.named || c.Node.Users != nil
		case c.Is(i, "SKIPME") && c.IsAny(i+1, "YES", "NO"):
			f.skipMe = c.Is(i+1, "YES")
		default:
			c.Error(reply.SyntaxError)
			return f, false
		}
	}
	return f, true
}

func userExists(n *session.Node, name string) bool {
	if n.Users == nil {
		return name == session.DefaultUser
	}
	return n.Users.Named(name) != nil
}
