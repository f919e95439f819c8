package keyspace

import "github.com/cachegopher/cachegopher/server/session"

var ttlCommands = []session.Command{
	{
		Name: "EXPIRETIME", Run: cmdExpireTime, Arity: 2, Keys: session.OneKey, KeyUse: "RO access",
		Flags: "readonly fast", Group: "generic", Shared: true, Since: "7.0.0",
		Syntax:  "key",
		Summary: "Returns the expiry of a key as a Unix time in seconds.",
	},
	{
		Name: "PEXPIRETIME", Run: cmdPExpireTime, Arity: 2, Keys: session.OneKey, KeyUse: "RO access",
		Flags: "readonly fast", Group: "generic", Shared: true, Since: "7.0.0",
		Syntax:  "key",
		Summary: "Returns the expiry of a key as a Unix time in milliseconds.",
	},
	{
		Name: "TTL", Run: cmdTTL, Arity: 2, Keys: session.OneKey, KeyUse: "RO access",
		Flags: "readonly fast", Group: "generic", Shared: true, Since: "1.0.0",
		Tips:    "nondeterministic_output",
		Syntax:  "key",
		Summary: "Returns the seconds until a key expires.",
		Line:    []session.Form{{Min: 2, Max: 2, Key: 1, Syntax: "<key>", Reply: "seconds left rounded up, `-1` without expiry, or `ERROR: Key not found`", Run: lineTTL}},
	},
	{
		Name: "PTTL", Run: cmdPTTL, Arity: 2, Keys: session.OneKey, KeyUse: "RO access",
		Flags: "readonly fast", Group: "generic", Shared: true, Since: "2.6.0",
		Tips:    "nondeterministic_output",
		Syntax:  "key",
		Summary: "Returns the milliseconds until a key expires.",
	},
}

func cmdTTL(c *session.Call)         { ttl(c, true, roundSeconds) }
func cmdPTTL(c *session.Call)        { ttl(c, true, milliseconds) }
func cmdExpireTime(c *session.Call)  { ttl(c, false, roundSeconds) }
func cmdPExpireTime(c *session.Call) { ttl(c, false, milliseconds) }

func milliseconds(ms int64) int64 { return ms }

// roundSeconds rounds as Redis does, even the greatest times.
func roundSeconds(ms int64) int64 { return ms/1000 + (ms%1000+500)/1000 }

// ttl answers -2 for no key, -1 for no expiry, otherwise the time left, or the
// expiry itself, in the unit of show.
func ttl(c *session.Call, left bool, show func(int64) int64) {
	s, e, ok := c.Peek(c.KeyHash, c.Arg(1))
	defer c.Unlock(s)
	switch at := int64(0); {
	case !ok:
		c.Integer(-2)
	case s.Expiry(e) == 0:
		c.Integer(-1)
	default:
		if at = s.Expiry(e); left {
			at -= c.Now
		}
		c.Integer(show(at))
	}
}
