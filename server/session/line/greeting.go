package line

import (
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/session"
)

const (
	// speaks opens the reason for closing the connection of a client with another protocol.
	speaks = "the client speaks "
	// notSpoken is what such a client is told; the protocol follows.
	notSpoken = "this is a CacheGopher node: it speaks RESP, the protocol of Redis, and lines such as GET key, but not "
)

// foreign reports whether the connection speaks another protocol, by how it begins. Such a client is answered once and
// closed; nothing behind its greeting is executed, since that may well contain lines.
func (d *decoder) foreign(c *session.Call, in []byte) bool {
	f, verdict := wire.Greeting(in, func(word []byte) bool { return find(c, word) != nil })
	if verdict != wire.Other {
		d.met = verdict == wire.Own
		return false
	}
	c.Answer(f.Answer(nil, in, notSpoken+f.Name))
	c.Close(speaks + f.Name)
	return true
}
