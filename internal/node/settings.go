package node

import (
	"github.com/cachegopher/cachegopher/internal/logging"
	"github.com/cachegopher/cachegopher/server"
	"github.com/cachegopher/cachegopher/server/session"
)

// settings is the part of a running node that CONFIG and INFO use.
type settings struct {
	*server.Server
	log *logging.Logger
}

func (s *settings) LogLevel() string               { return s.log.Level() }
func (s *settings) SetLogLevel(level string) error { return s.log.SetLevel(level) }

// RejectedConnections counts connections refused because there were too many.
func (s *settings) RejectedConnections() int64 { return s.Stats().Rejected }

// Closed counts the connections that the server closed.
func (s *settings) Closed() session.Closed {
	st := s.Stats()
	return session.Closed{
		Backlog: st.ClosedBacklog, ClientBuffers: st.ClosedClientBuffers,
		Idle: st.ClosedIdle, Unsent: st.ClosedUnsent, Protocol: st.ClosedProtocol, Panics: st.ClosedPanic,
	}
}

// ReadsAndWrites counts system calls on sockets.
func (s *settings) ReadsAndWrites() (reads, writes int64) {
	st := s.Stats()
	return st.Reads, st.Writes
}
