package keyspace

import (
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

// These commands take other arguments in the line dialect than in RESP, or have replies there that cannot be
// derived from those in RESP.

// notSeconds is the line dialect's error for a bad expiry.
var notSeconds = reply.Error{Text: "Seconds must be a positive integer"}

// seconds reads argument i, a number of seconds from now, and returns the time in
// ms. It answers an error if the number is not positive or beyond maxExpiry.
func seconds(c *session.Call, i int) (expireAt int64, ok bool) {
	n, ok := wire.ParseInt(c.Arg(i))
	if !ok || n <= 0 || n > maxExpiry/1000 {
		c.Error(notSeconds)
		return 0, false
	}
	return c.Now + n*1000, true
}

func lineSetEx(c *session.Call) {
	if at, ok := seconds(c, 2); ok {
		putUntil(c, at)
	}
}

func lineExpire(c *session.Call) {
	if at, ok := seconds(c, 2); ok {
		changeExpiry(c, at)
	}
}

func linePersist(c *session.Call) { changeExpiry(c, 0) }

// changeExpiry sets when the key expires; 0: never.
func changeExpiry(c *session.Call, at int64) {
	s, e, ok := c.Peek(c.KeyHash, c.Arg(1))
	defer c.Unlock(s)
	if !ok {
		c.Missing()
	} else if c.Expire(s, c.KeyHash, e, c.Arg(1), at) {
		c.OK()
	}
}

func lineTTL(c *session.Call) {
	s, e, ok := c.Peek(c.KeyHash, c.Arg(1))
	defer c.Unlock(s)
	switch {
	case !ok:
		c.Missing()
	case s.Expiry(e) == 0:
		c.Integer(-1)
	default:
		c.Integer((s.Expiry(e) - c.Now + 999) / 1000)
	}
}
