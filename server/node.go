package server

import "github.com/cachegopher/cachegopher/server/session"

// nodeSessions makes the sessions of a node.
type nodeSessions struct{ n *session.Node }

func (m nodeSessions) newScratch() scratch { return m.n.NewLoop() }

func (m nodeSessions) newSession(info connInfo) clientSession {
	return nodeSession{m.n.NewSession(session.ConnInfo{Remote: info.remote, Local: info.local, FD: info.fd, Wake: info.wake, User: info.user, TLS: info.tls,
		Refusal: info.refusal, Refused: info.refused, Node: info.node})}
}

func (m nodeSessions) refuse(in []byte, text string) []byte { return m.n.Refuse(in, text) }

func (nodeSessions) load(l scratch) { l.(*session.Loop).Load() }

// nodeSession gives a session its scratch space with its own type.
type nodeSession struct{ *session.Session }

func (s nodeSession) Run(l scratch, in, out []byte, limit int) (used int, reply []byte) {
	return s.Session.Run(l.(*session.Loop), in, out, limit)
}

func (s nodeSession) Ahead(l scratch, in []byte) { s.Session.Ahead(l.(*session.Loop), in) }
