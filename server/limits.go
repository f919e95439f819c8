package server

import "time"

// The limits of a server that can change while it runs; Options explain them.

// SetMaxConnections changes how many connections are served at a time, within the
// limit of open files.
func (s *Server) SetMaxConnections(n int) { s.maxConns.Store(min(int64(n), s.fileLimit)) }

// MaxConnections bounds the connections that are served at a time.
func (s *Server) MaxConnections() int { return int(s.maxConns.Load()) }

// SetIdleTimeout sets the time after which a silent connection is closed; 0: never.
func (s *Server) SetIdleTimeout(d time.Duration) { s.reactor.SetIdleTimeout(d) }

// IdleTimeout returns the time after which a silent connection is closed.
func (s *Server) IdleTimeout() time.Duration { return s.reactor.IdleTimeout() }

// SetClientBuffers changes Options.ClientBuffers, in bytes. If the buffers already exceed it, connections are closed
// once any buffer grows.
func (s *Server) SetClientBuffers(bytes int64) {
	loops := int64(max(s.opts.EventLoops, 1))
	step := max(bytes/(8*loops), 1)
	s.held.Store(bytes)
	s.heldStep.Store(step)
	s.heldMost.Store(bytes - min(loops*(step+turnGrowth), bytes/2))
}

// ClientBuffers bounds the buffers of all connections, in bytes.
func (s *Server) ClientBuffers() int64 { return s.held.Load() }

// SetKeepAlive changes Options.KeepAlive for connections that are accepted from now on.
func (s *Server) SetKeepAlive(d time.Duration) { s.reactor.SetKeepAlive(d) }

// KeepAlive returns the time after which a silent connection is probed.
func (s *Server) KeepAlive() time.Duration { return s.reactor.KeepAlive() }

// SetAddressLimits changes Options.PerAddress and Options.RatePerSecond; 0: any number. Open connections count, and
// stay open.
func (s *Server) SetAddressLimits(most, perSecond int64) {
	s.sources.mu.Lock()
	defer s.sources.mu.Unlock()
	s.sources.most, s.sources.rate = most, perSecond
}
