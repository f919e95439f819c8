package session

import (
	"strconv"
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
)

func appendUint(dst []byte, n uint64) []byte { return strconv.AppendUint(dst, n, 10) }

func cmdPing(c *call) {
	switch len(c.args) {
	case 1:
		c.out = append(c.out, "+PONG\r\n"...)
	case 2:
		c.out = wire.Bulk(c.out, c.arg(1))
	default:
		c.wrongArgs("ping")
	}
}

func cmdEcho(c *call) { c.out = wire.Bulk(c.out, c.arg(1)) }

func cmdQuit(c *call) {
	c.ok()
	c.s.closing = true
}

func cmdSelect(c *call) {
	if c.database(1) {
		c.ok()
	}
}

// database reports whether argument i is 0, the only database, and answers when it is not.
func (c *call) database(i int) bool {
	n, ok := wire.ParseInt(c.arg(i))
	switch {
	case !ok:
		c.fail(notAnInteger)
	case n != int64(int32(n)):
		c.fail("value is out of range, value must between -2147483648 and 2147483647")
	case n != 0:
		c.fail("DB index is out of range")
	default:
		return true
	}
	return false
}

func cmdReset(c *call) {
	s := c.s
	if s.user != nil {
		s.leave()
	}
	c.setProto(2)
	c.endTransaction()
	s.muted, s.skip = false, 0
	s.mu.Lock()
	s.name, s.noEvict, s.noTouch = "", false, false
	if c.n.Users != nil {
		s.userName, s.account = "", nil
	}
	s.mu.Unlock()
	c.out = wire.Simple(c.out, "RESET")
}

func cmdTime(c *call) {
	c.out = wire.Array(c.out, 2)
	var d [20]byte
	now := time.Now().UnixMicro() // finer than the store's clock
	c.out = wire.Bulk(c.out, strconv.AppendInt(d[:0], now/1e6, 10))
	c.out = wire.Bulk(c.out, strconv.AppendInt(d[:0], now%1e6, 10))
}

func cmdHello(c *call) {
	p := int64(c.p)
	i := 1
	if len(c.args) > 1 {
		var ok bool
		if p, ok = wire.ParseInt(c.arg(1)); !ok {
			c.fail("Protocol version is not an integer or out of range")
			return
		}
		if p < 2 || p > 3 {
			c.failAs(errNoProto, "unsupported protocol version")
			return
		}
		i = 2
	}
	var name, user, password []byte
	for ; i < len(c.args); i++ {
		switch left := len(c.args) - i - 1; {
		case c.is(i, "AUTH") && left >= 2:
			user, password = c.arg(i+1), c.arg(i+2)
			if c.n.Users == nil && string(user) != everybody {
				c.wrongPassword()
				return
			}
			i += 2
		case c.is(i, "SETNAME") && left >= 1:
			i++
			if name = c.arg(i); !c.validName(name) {
				return
			}
		default:
			c.fail("Syntax error in HELLO option '" + c.shown(i) + "'")
			return
		}
	}
	called, rename := string(name), name != nil
	done := func(c *call) {
		c.setProto(p)
		if rename {
			c.s.setName(called)
		}
		c.hello()
	}
	switch {
	case c.n.Users != nil && user != nil:
		c.signIn(string(user), password, done)
	case c.s.denied&needsUser != 0:
		c.failAs(errNoAuth, "HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time")
	default:
		done(c)
	}
}

// setProto changes the version of RESP, for the reply to this command already.
func (c *call) setProto(p int64) {
	c.p, c.s.proto = int(p), uint8(p)
	c.s.protoShown.Store(int32(p))
}

func (c *call) hello() {
	c.out = wire.Map(c.out, c.p, 7)
	pair := func(k, v string) {
		c.out = wire.BulkString(c.out, k)
		c.out = wire.BulkString(c.out, v)
	}
	pair("server", "redis")
	pair("version", redisVersion)
	c.out = wire.BulkString(c.out, "proto")
	c.integer(int64(c.p))
	c.out = wire.BulkString(c.out, "id")
	c.integer(int64(c.s.id))
	pair("mode", "standalone")
	pair("role", c.n.wireRole())
	c.out = wire.BulkString(c.out, "modules")
	c.out = wire.Array(c.out, 0)
}

// redisVersion is the version of Redis whose replies these are.
const redisVersion = "7.2.0"

// wireRole is the role as clients of Redis know it.
func (n *Node) wireRole() string {
	if n.Role == "secondary" {
		return "slave"
	}
	return "master"
}

// unknownSub answers HELP, and a subcommand that there is not as Redis 7 words it.
func (c *call) unknownSub(of string) {
	if c.help(of) {
		return
	}
	c.fail("unknown subcommand '" + string(upTo(c.arg(1), 128)) + "'. Try " + of + " HELP.")
}

// subSyntax answers a subcommand whose arguments are wrong in number, where Redis
// words it that way.
func (c *call) subSyntax(of string) {
	if c.help(of) {
		return
	}
	c.fail("unknown subcommand or wrong number of arguments for '" + string(upTo(c.arg(1), 128)) + "'. Try " + of + " HELP.")
}

// shown is argument i as an error shows it.
func (c *call) shown(i int) string { return string(upTo(c.arg(i), lru.MaxSize)) }
