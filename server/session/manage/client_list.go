package manage

import (
	"fmt"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

// toSubscriber is a kind of link that Redis has and a node has not: no connection is of it.
const toSubscriber session.Link = -1

// linkFlags are the flags in CLIENT LIST, and linkTypes the words of TYPE in LIST and KILL, as in Redis.
var (
	linkFlags = [...]string{session.ToClient: "N", session.ToPrimary: "M", session.ToReplica: "S"}
	linkTypes = map[string]session.Link{
		"NORMAL": session.ToClient, "MASTER": session.ToPrimary, "REPLICA": session.ToReplica, "SLAVE": session.ToReplica,
		"PUBSUB": toSubscriber,
	}
)

// linkType returns the kind of link that argument i names. If there is none of that name, it answers an error.
func linkType(c *session.Call, i int) (of session.Link, ok bool) {
	if of, ok = linkTypes[strings.ToUpper(string(c.Arg(i)))]; !ok {
		c.Fail("Unknown client type '" + c.Shown(i) + "'")
	}
	return of, ok
}

func clientList(c *session.Call) {
	ids := map[uint64]bool{}
	listed := func(i *session.ClientInfo) bool { return len(ids) == 0 || ids[i.ID] }
	switch {
	case c.NArg() == 2:
	case c.NArg() == 4 && c.Is(2, "TYPE"):
		of, ok := linkType(c, 3)
		if !ok {
			return
		}
		listed = func(i *session.ClientInfo) bool { return i.Link == of }
	case c.NArg() > 3 && c.Is(2, "ID"):
		for i := 3; i < c.NArg(); i++ {
			id, ok := wire.ParseInt(c.Arg(i))
			if !ok {
				c.Fail("Invalid client ID")
				return
			}
			ids[uint64(id)] = true
		}
	default:
		c.Error(reply.SyntaxError)
		return
	}
	var b strings.Builder
	for _, s := range c.Node.Sessions() {
		if info := s.Info(); !s.Gone() && listed(&info) && sees(c, &info) {
			b.WriteString(clientLine(info))
		}
	}
	c.Verbatim(b.String())
}

// sees reports whether the client may see and close the connection. A client limited to certain keys sees only its own
// user's connections.
func sees(c *session.Call, of *session.ClientInfo) bool {
	return !c.Session.Limited() || of.User == c.Session.User().Name
}

// clientLine is a connection's line in CLIENT LIST.
func clientLine(i session.ClientInfo) string {
	flags := linkFlags[i.Link]
	if i.NoEvict && i.Link == session.ToClient {
		flags = "e"
	}
	if i.Queued >= 0 {
		flags = "x"
	}
	cmd := i.LastCommand
	if cmd == "" {
		cmd = "NULL"
	}
	return fmt.Sprintf("id=%d addr=%s laddr=%s fd=%d name=%s age=%d idle=%d flags=%s db=0 sub=0 psub=0 ssub=0 multi=%d "+
		"qbuf=%d qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem=0 tot-mem=%d events=r "+
		"cmd=%s user=%s redir=-1 resp=%d lib-name=%s lib-ver=%s\n",
		i.ID, i.Remote, i.Local, i.FD, i.Name, i.Age/time.Second, i.Idle/time.Second, flags, i.Queued, i.Pending, i.Pending,
		cmd, i.User, i.Proto, i.Library, i.LibraryVersion)
}
