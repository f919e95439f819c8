package manage

import (
	"encoding/binary"
	"strconv"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session"
)

var localreadsCommands = []session.Command{
	{
		Name: "LOCALREADS", Run: cmdLocalreads, Arity: -2,
		Flags: "readonly noscript", Needs: session.AllKeys, Group: "server", Shared: true, Since: "7.2.0",
		Syntax:  "MAP | TOUCH hashes",
		Summary: "Lets a client of this machine read the node's memory: MAP answers the path of a unix socket and a token, with which the client gets it there. With TOUCH the client tells which entries it has read, so that they are not evicted.",
		Subcommands: []session.Subcommand{
			{Usage: "MAP", Help: "Return the path of a unix socket, and a token that is valid there once and for a few seconds."},
			{Usage: "TOUCH <hashes>", Help: "Mark entries as used: hashes are those of their keys, eight bytes each, the least significant first."},
		},
	},
}

// mostTouched bounds the hashes of one LOCALREADS TOUCH.
const mostTouched = 4096

func cmdLocalreads(c *session.Call) {
	switch {
	case c.NArg() == 2 && c.Is(1, "MAP"):
		grantMemory(c)
	case c.NArg() == 3 && c.Is(1, "TOUCH"):
		touch(c, c.Arg(2))
	case c.IsAny(1, "MAP", "TOUCH"):
		c.WrongSubArgs()
	default:
		c.UnknownSub("LOCALREADS")
	}
}

// grantMemory lets the client fetch the memory, and answers where and with which token.
func grantMemory(c *session.Call) {
	switch {
	case c.Node.LocalReads == nil:
		c.Fail("this node does not let clients read its memory: set \"local_reads\" in its config")
		return
	case !c.Session.Local():
		c.Fail("only clients of this machine can read the node's memory")
		return
	case c.Node.ReadsDisabled():
		c.Fail("local reads need GET, MGET, EXISTS, TTL and PTTL, some of which are switched off on this node")
		return
	}
	path, token, err := c.Node.LocalReads.Grant(c.Session.FD())
	if err != nil {
		c.FailWith(err)
		return
	}
	c.Array(2)
	c.Text(path)
	c.Text(token)
}

// touch marks the entries of these hashes as used.
func touch(c *session.Call, hashes []byte) {
	if len(hashes)%8 != 0 || len(hashes) > 8*mostTouched {
		c.Fail("LOCALREADS TOUCH takes up to " + strconv.Itoa(mostTouched) + " hashes of 8 bytes")
		return
	}
	store := c.Node.Store()
	var batch [lru.MaxBatch]uint64
	for len(hashes) > 0 {
		n := min(len(hashes)/8, len(batch))
		for i := range n {
			batch[i] = binary.LittleEndian.Uint64(hashes[8*i:])
		}
		store.TouchHashes(batch[:n])
		hashes = hashes[8*n:]
	}
	c.OK()
}
