package server

import (
	"sync/atomic"

	"github.com/cachegopher/cachegopher/internal/metric"
)

// Stats counts events of connections since the server started, and connections now.
type Stats struct {
	Connections    int64 // clients now, including those whose last replies are still being sent
	Nodes          int64 // connections of other nodes now
	Newcomers      int64 // connections beyond a limit of clients that may still turn out to be nodes or health checks
	Buffered       int64 // bytes of requests and replies that connections keep now
	Reads          int64 // reads of sockets that returned data
	Writes         int64 // writes to sockets
	Accepted       int64 // connections served
	Rejected       int64 // connections refused because there were too many
	MaxConnections int64 // how many clients are served at a time
	AcceptFails    int64 // failed attempts to take a connection; the client waits for the next one

	ClosedBacklog       int64 // closed with more unexecuted input than allowed
	ClosedClientBuffers int64 // closed because all buffers together were too large
	ClosedIdle          int64 // closed because no bytes moved for the idle timeout
	ClosedPanic         int64 // closed by a panic in their session
	ClosedUnsent        int64 // closed with unsent replies, which the client did not take in time
	ClosedProtocol      int64 // closed because they broke the protocol or spoke HTTP
}

// counters are the server's own counters. No request touches them.
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

// Stats returns the current counters.
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
		MaxConnections:      s.maxConns.Load(),
		AcceptFails:         r.AcceptFails,
		ClosedBacklog:       c.closed[byBacklog].Load(),
		ClosedClientBuffers: c.closed[byClientBuffers].Load(),
		ClosedIdle:          c.closed[byIdle].Load(),
		ClosedPanic:         r.Panics,
		ClosedUnsent:        r.Unsent,
		ClosedProtocol:      c.closed[byProtocol].Load(),
	}
}

// Metrics declares a server's metrics in /metrics, INFO and STATS, in the order of STATS.
var Metrics = []metric.Metric[Stats]{
	{Section: "stats", Info: "total_reads_processed", Value: func(s *Stats) any { return s.Reads }},
	{Section: "stats", Info: "total_writes_processed", Value: func(s *Stats) any { return s.Writes }},
	{Name: "connections", Help: "Connections now.", Kind: metric.Gauge, Value: func(s *Stats) any { return s.Connections }},
	{Name: "max_connections", Help: "Connections that the node serves at a time.", Kind: metric.Gauge, Value: func(s *Stats) any { return s.MaxConnections }},
	{Name: "connections_accepted_total", Help: "Connections served.", Kind: metric.Counter, Value: func(s *Stats) any { return s.Accepted }},
	{Name: "accept_failures_total", Help: "Failed attempts to take a connection, for instance for want of file descriptors.",
		Kind: metric.Counter, Value: func(s *Stats) any { return s.AcceptFails }},
	{Name: "connections_rejected_total", Help: "Connections refused because there were too many.", Kind: metric.Counter,
		Section: "stats", Info: "rejected_connections", Stats: "rejected_connections", Value: func(s *Stats) any { return s.Rejected }},
	{Name: "connections_closed_total", Help: "Connections that the node closed, by reason.", Kind: metric.Counter, Label: "reason", Series: "backlog",
		Section: "stats", Info: "closed_for_backlog", Stats: "closed_for_backlog", Value: func(s *Stats) any { return s.ClosedBacklog }},
	{Name: "connections_closed_total", Kind: metric.Counter, Label: "reason", Series: "client_buffers",
		Section: "stats", Info: "closed_for_client_buffers", Stats: "closed_for_client_buffers", Value: func(s *Stats) any { return s.ClosedClientBuffers }},
	{Name: "connections_closed_total", Kind: metric.Counter, Label: "reason", Series: "idle",
		Section: "stats", Info: "closed_for_idleness", Stats: "closed_for_idleness", Value: func(s *Stats) any { return s.ClosedIdle }},
	{Name: "connections_closed_total", Kind: metric.Counter, Label: "reason", Series: "unsent",
		Section: "stats", Info: "closed_with_replies_unsent", Stats: "closed_with_replies_unsent", Value: func(s *Stats) any { return s.ClosedUnsent }},
	{Name: "connections_closed_total", Kind: metric.Counter, Label: "reason", Series: "protocol",
		Section: "stats", Info: "closed_for_protocol", Stats: "closed_for_protocol", Value: func(s *Stats) any { return s.ClosedProtocol }},
	{Name: "connections_closed_total", Kind: metric.Counter, Label: "reason", Series: "panic",
		Section: "stats", Info: "closed_by_panic", Stats: "closed_by_panic", Value: func(s *Stats) any { return s.ClosedPanic }},
	{Name: "memory_bytes", Help: "Memory by kind: keys_and_values, overhead (headers, index, allocator waste), client_buffers.",
		Kind: metric.Gauge, Label: "kind", Series: "client_buffers", Value: func(s *Stats) any { return s.Buffered }},
}

// Metrics reads the metrics of the server.
func (s *Server) Metrics() []metric.Reading {
	st := s.Stats()
	return metric.Read(Metrics, &st)
}
