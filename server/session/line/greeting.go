package line

import (
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/session"
)

const (
	// speaks begins the reason for closing a connection of another protocol.
	speaks = "the client speaks "
	// notSpoken begins the reply to such a client. The protocol's name follows both.
	notSpoken = "this is a CacheGopher node: it speaks RESP, the protocol of Redis, and lines such as GET key, but not "
)

// foreign reports whether the connection speaks another protocol, judged by its first bytes. Such a client gets one reply
// and is closed. Nothing after its greeting is executed, since that may contain lines.
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
