package server

import "sync/atomic"

// Stats counts what happened to connections since the server started.
type Stats struct {
	Connections int64 // clients now, those whose last replies are still being sent included
	Nodes       int64 // connections of other nodes now
	Newcomers   int64 // connections beyond a limit of clients that may still turn out to be nodes or health checks
	Buffered    int64 // bytes of requests and replies that connections keep now
	Reads       int64 // reads of sockets that brought something
	Writes      int64 // writes to sockets
	Accepted    int64 // connections served
	Rejected    int64 // connections refused because there were too many
	AcceptFails int64 // failed attempts to take a connection; the client waits for the next one

	ClosedBacklog       int64 // closed with more unexecuted input than allowed
	ClosedClientBuffers int64 // closed because all buffers together were too large
	ClosedIdle          int64 // closed because no bytes moved for the idle timeout
	ClosedPanic         int64 // closed by a panic in their session
	ClosedUnsent        int64 // closed with replies unsent: the client did not take them in time
	ClosedProtocol      int64 // closed because they broke the protocol or spoke HTTP
}

// counters are what the server counts itself. None of them is touched per request.
type counters struct {
	accepted, rejected atomic.Int64
	closed             [reasons]atomic.Int64
}

// reason is why the server closed a connection. The reactor counts others: panics, and clients that take too long.
type reason int

const (
	byPeer reason = iota // closed or broken by the client, or closed as the session wished
	byBacklog
	byClientBuffers
	byIdle
	byProtocol
	reasons
)

// Stats returns the counters as they are now.
func (s *Server) Stats() Stats {
	c := &s.counters
	r := s.reactor.Stats()
	return Stats{
		Reads:               r.Reads,
		Writes:              r.Writes,
		Connections:         s.slots.clients.Load(),
		Nodes:               s.slots.nodes.Load(),
		Newcomers:           s.slots.newcomers.Load(),
		Buffered:            s.buffered(),
		Accepted:            c.accepted.Load(),
		Rejected:            c.rejected.Load(),
		AcceptFails:         r.AcceptFails,
		ClosedBacklog:       c.closed[byBacklog].Load(),
		ClosedClientBuffers: c.closed[byClientBuffers].Load(),
		ClosedIdle:          c.closed[byIdle].Load(),
		ClosedPanic:         r.Panics,
		ClosedUnsent:        r.Unsent,
		ClosedProtocol:      c.closed[byProtocol].Load(),
	}
}
