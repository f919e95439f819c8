package session

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/auth"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var clientCommands = []Command{
	{
		Name: "CLIENT", Run: cmdClient, Arity: -2,
		Flags: "noscript loading stale", Group: "connection", Since: "2.4.0",
		Syntax:  "ID | INFO | LIST | KILL | SETNAME | GETNAME | SETINFO | NO-EVICT | NO-TOUCH | REPLY",
		Summary: "Tells about connections and changes them.",
		Timed:   true,
		Differs: []Difference{{Sub: "ID", Compare: command.SameKind, What: aboutNode}, {Sub: "INFO", Compare: command.SameKind, What: aboutNode}, {Sub: "LIST", Compare: command.SameKind, What: aboutNode}},
		BySub:   true,
		Subcommands: []Subcommand{
			{Usage: "GETNAME", Help: "Return the name of this connection.", Shared: true},
			{Usage: "ID", Help: "Return the number of this connection.", Shared: true},
			{Usage: "INFO", Help: "Return what is known of this connection.", Shared: true},
			{Usage: "KILL <option> [<value> ...]", Help: "Close the connections that the options choose: ID, ADDR, LADDR, TYPE, USER, SKIPME; or of one address.", Shared: true},
			{Usage: "LIST [<option> [<value> ...]]", Help: "Return a line for each connection, or for those that TYPE or ID choose.", Shared: true},
			{Usage: "NO-EVICT (ON|OFF)", Help: "Accepted, without effect: connections are closed for want of memory by other rules."},
			{Usage: "NO-TOUCH (ON|OFF)", Help: "Accepted, without effect."},
			{Usage: "REPLY (ON|OFF|SKIP)", Help: "Choose whether replies are sent.", Instead: "Pipeline"},
			{Usage: "SETINFO <option> <value>", Help: "Set LIB-NAME or LIB-VER, which LIST shows.", Instead: "WithName"},
			{Usage: "SETNAME <name>", Help: "Set the name of this connection.", Instead: "WithName"},
		},
	},
}

func (s *Session) setName(name string) {
	s.mu.Lock()
	s.name = name
	s.mu.Unlock()
}

func (s *Session) clientName() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.name
}

// validName checks a client's name as Redis does, and answers when it is wrong.
func (c *Call) validName(name []byte) bool {
	for _, b := range name {
		if b < '!' || b > '~' {
			c.Fail("Client names cannot contain spaces, newlines or special characters.")
			return false
		}
	}
	return true
}

func cmdClient(c *Call) {
	n := c.NArg()
	switch {
	case c.Is(1, "ID") && n == 2:
		c.Integer(int64(c.Session.id))
	case c.Is(1, "GETNAME") && n == 2:
		if name := c.Session.clientName(); name != "" {
			c.Text(name)
		} else {
			c.Missing()
		}
	case c.Is(1, "SETNAME") && n == 3:
		if c.validName(c.Arg(2)) {
			c.Session.setName(string(c.Arg(2)))
			c.OK()
		}
	case c.Is(1, "SETINFO") && n == 4:
		c.clientSetInfo()
	case c.Is(1, "INFO") && n == 2:
		c.Verbatim(c.Session.describe(c.Now) + "\n")
	case c.Is(1, "LIST"):
		if c.May(auth.Admin, "client|list") {
			c.clientList()
		}
	case c.Is(1, "KILL") && n >= 3:
		if c.May(auth.Admin, "client|kill") {
			c.clientKill()
		}
	case c.Is(1, "REPLY") && n == 3:
		c.clientReply()
	case (c.Is(1, "NO-EVICT") || c.Is(1, "NO-TOUCH")) && n == 3:
		c.clientFlag()
	case c.IsAny(1, "ID", "GETNAME", "SETNAME", "SETINFO", "INFO", "KILL", "REPLY", "NO-EVICT", "NO-TOUCH"):
		c.WrongArgs("client|" + lower(string(c.Arg(1))))
	default:
		c.UnknownSub("CLIENT")
	}
}

func (c *Call) clientSetInfo() {
	s, value := c.Session, string(c.Arg(3))
	for _, b := range []byte(value) {
		if b < '!' || b > '~' {
			c.Fail(lower(string(c.Arg(2))) + " cannot contain spaces, newlines or special characters.")
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case c.Is(2, "LIB-NAME"):
		s.libName = value
	case c.Is(2, "LIB-VER"):
		s.libVer = value
	default:
		c.Fail("Unrecognized option '" + c.Shown(2) + "'")
		return
	}
	c.OK()
}

func (c *Call) clientReply() {
	s := c.Session
	switch {
	case c.Is(2, "ON"):
		s.muted, s.skip = false, 0
		c.OK()
	case c.Is(2, "OFF"):
		s.muted = true
	case c.Is(2, "SKIP"):
		if !s.muted {
			s.skip = 2
		}
	default:
		c.Error(reply.SyntaxError)
	}
}

func (c *Call) clientFlag() {
	on := c.Is(2, "ON")
	if !on && !c.Is(2, "OFF") {
		c.Error(reply.SyntaxError)
		return
	}
	c.Session.mu.Lock()
	if c.Is(1, "NO-EVICT") {
		c.Session.noEvict = on
	} else {
		c.Session.noTouch = on
	}
	c.Session.mu.Unlock()
	c.OK()
}

// describe is the session's line in CLIENT LIST.
func (s *Session) describe(now int64) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	cmd := "NULL"
	if i := s.lastCmd.Load(); i >= 0 {
		cmd = s.n.table.handlers[i].name
	}
	fd := 0
	if s.info.FD != nil {
		fd = s.info.FD()
	}
	flags := linkFlags[s.link.Load()]
	if s.noEvict && s.is(linkClient) {
		flags = "e"
	}
	queued := s.queued.Load()
	if queued > 0 {
		flags = "x"
	}
	return fmt.Sprintf("id=%d addr=%s laddr=%s fd=%d name=%s age=%d idle=%d flags=%s db=0 sub=0 psub=0 ssub=0 multi=%d "+
		"qbuf=%d qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem=0 tot-mem=%d events=r cmd=%s user=%s redir=-1 resp=%d lib-name=%s lib-ver=%s",
		s.id, s.info.Remote, s.info.Local, fd, s.name, int(time.Since(s.born).Seconds()), (now-s.lastUsed.Load())/1000,
		flags, queued-1, s.pending.Load(), s.pending.Load(), cmd, s.userName, max(2, s.protoShown.Load()), s.libName, s.libVer)
}

func (n *Node) allSessions() []*Session {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := make([]*Session, 0, len(n.sessions))
	for _, s := range n.sessions {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b *Session) int { return int(a.id) - int(b.id) })
	return all
}

func (c *Call) clientList() {
	ids := map[uint64]bool{}
	listed := func(s *Session) bool { return len(ids) == 0 || ids[s.id] }
	switch {
	case c.NArg() == 2:
	case c.NArg() == 4 && c.Is(2, "TYPE"):
		if !c.IsAny(3, "NORMAL", "MASTER", "REPLICA", "SLAVE", "PUBSUB") {
			c.Fail("Unknown client type '" + c.Shown(3) + "'")
			return
		}
		of, ok := linkTypes[strings.ToUpper(string(c.Arg(3)))]
		listed = func(s *Session) bool { return ok && s.is(of) }
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
	for _, s := range c.Node.allSessions() {
		if listed(s) && !s.gone() && c.sees(s) {
			b.WriteString(s.describe(c.Now))
			b.WriteByte('\n')
		}
	}
	c.Verbatim(b.String())
}

// kill asks the session's connection to close; false when it was asked before.
func (s *Session) kill() bool {
	if !s.killed.CompareAndSwap(false, true) {
		return false
	}
	if s.info.Wake != nil {
		s.info.Wake()
	}
	return true
}
