package session

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/auth"
)

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
func (c *call) validName(name []byte) bool {
	for _, b := range name {
		if b < '!' || b > '~' {
			c.fail("Client names cannot contain spaces, newlines or special characters.")
			return false
		}
	}
	return true
}

func cmdClient(c *call) {
	n := len(c.args)
	switch {
	case c.is(1, "ID") && n == 2:
		c.integer(int64(c.s.id))
	case c.is(1, "GETNAME") && n == 2:
		if name := c.s.clientName(); name != "" {
			c.out = wire.BulkString(c.out, name)
		} else {
			c.null()
		}
	case c.is(1, "SETNAME") && n == 3:
		if c.validName(c.arg(2)) {
			c.s.setName(string(c.arg(2)))
			c.ok()
		}
	case c.is(1, "SETINFO") && n == 4:
		c.clientSetInfo()
	case c.is(1, "INFO") && n == 2:
		c.out = wire.Verbatim(c.out, c.p, c.s.describe(c.now)+"\n")
	case c.is(1, "LIST"):
		if c.may(auth.Admin, "client|list") {
			c.clientList()
		}
	case c.is(1, "KILL") && n >= 3:
		if c.may(auth.Admin, "client|kill") {
			c.clientKill()
		}
	case c.is(1, "REPLY") && n == 3:
		c.clientReply()
	case (c.is(1, "NO-EVICT") || c.is(1, "NO-TOUCH")) && n == 3:
		c.clientFlag()
	case c.isAny(1, "ID", "GETNAME", "SETNAME", "SETINFO", "INFO", "KILL", "REPLY", "NO-EVICT", "NO-TOUCH"):
		c.wrongArgs("client|" + lower(string(c.arg(1))))
	default:
		c.unknownSub("CLIENT")
	}
}

func (c *call) isAny(i int, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return c.is(i, w) })
}

func (c *call) clientSetInfo() {
	s, value := c.s, string(c.arg(3))
	for _, b := range []byte(value) {
		if b < '!' || b > '~' {
			c.fail(lower(string(c.arg(2))) + " cannot contain spaces, newlines or special characters.")
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case c.is(2, "LIB-NAME"):
		s.libName = value
	case c.is(2, "LIB-VER"):
		s.libVer = value
	default:
		c.fail("Unrecognized option '" + c.shown(2) + "'")
		return
	}
	c.ok()
}

func (c *call) clientReply() {
	s := c.s
	switch {
	case c.is(2, "ON"):
		s.muted, s.skip = false, 0
		c.ok()
	case c.is(2, "OFF"):
		s.muted = true
	case c.is(2, "SKIP"):
		if !s.muted {
			s.skip = 2
		}
	default:
		c.fail(syntaxError)
	}
}

func (c *call) clientFlag() {
	on := c.is(2, "ON")
	if !on && !c.is(2, "OFF") {
		c.fail(syntaxError)
		return
	}
	c.s.mu.Lock()
	if c.is(1, "NO-EVICT") {
		c.s.noEvict = on
	} else {
		c.s.noTouch = on
	}
	c.s.mu.Unlock()
	c.ok()
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

func (c *call) clientList() {
	ids := map[uint64]bool{}
	listed := func(s *Session) bool { return len(ids) == 0 || ids[s.id] }
	switch {
	case len(c.args) == 2:
	case len(c.args) == 4 && c.is(2, "TYPE"):
		if !c.isAny(3, "NORMAL", "MASTER", "REPLICA", "SLAVE", "PUBSUB") {
			c.fail("Unknown client type '" + c.shown(3) + "'")
			return
		}
		of, ok := linkTypes[strings.ToUpper(string(c.arg(3)))]
		listed = func(s *Session) bool { return ok && s.is(of) }
	case len(c.args) > 3 && c.is(2, "ID"):
		for i := 3; i < len(c.args); i++ {
			id, ok := wire.ParseInt(c.arg(i))
			if !ok {
				c.fail("Invalid client ID")
				return
			}
			ids[uint64(id)] = true
		}
	default:
		c.fail(syntaxError)
		return
	}
	var b strings.Builder
	for _, s := range c.n.allSessions() {
		if listed(s) && !s.gone() && c.sees(s) {
			b.WriteString(s.describe(c.now))
			b.WriteByte('\n')
		}
	}
	c.out = wire.Verbatim(c.out, c.p, b.String())
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
