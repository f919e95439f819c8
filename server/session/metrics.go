package session

import (
	"fmt"
	"time"

	"github.com/cachegopher/cachegopher/internal/metric"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/auth"
)

// Counts are a node's counters and sizes, without those of single commands.
type Counts struct {
	ID, Role, Version   string
	RunID               string // differs from one start to the next
	Started             time.Time
	Store               lru.Stats
	Sessions            int   // connections of clients now
	Requests            int64 // executed
	BytesIn, BytesOut   int64
	PerSecond           float64 // requests, of late
	InPerSec, OutPerSec float64 // bytes, of late
	Closed              Closed
	SignIns             auth.Stats

	connections             int // that have a session, those of nodes included
	loops                   int
	accepted, rejected      int64
	reads, writes           int64
	fullSyncs, partialSyncs int64
	errors                  int64 // error replies
}

// counts reads the counters; t are the loops' totals.
func (n *Node) counts(t *totals) Counts {
	c := Counts{
		ID: n.ID, Role: n.role(), Version: n.Version, RunID: n.runID, Started: n.start,
		Store: n.store.Stats(), Requests: t.all, BytesIn: t.bytesIn, BytesOut: t.bytesOut,
		Closed: n.closed(), SignIns: n.SignIns(), rejected: n.rejectedConnections(),
	}
	c.PerSecond, c.InPerSec, c.OutPerSec = n.perSecond()
	c.reads, c.writes = n.readsAndWrites()
	for _, e := range t.errors {
		c.errors += e
	}
	if n.Replication != nil {
		c.fullSyncs, c.partialSyncs = n.Replication.Syncs()
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	c.Sessions, c.connections, c.loops, c.accepted = n.clients(), len(n.sessions), len(n.loops), n.accepted
	return c
}

// Metrics declares what INFO, STATS and /metrics show of a node, in the order of STATS. info.go has the lines of INFO that
// are not measured.
var Metrics = []metric.Metric[Counts]{
	{Stats: "id", Value: func(c *Counts) any { return c.ID }},
	{Stats: "role", Value: func(c *Counts) any { return c.Role }},
	{Stats: "version", Value: func(c *Counts) any { return c.Version }},
	{Name: "uptime_seconds", Help: "Time since the start.", Kind: metric.Gauge,
		Section: "server", Info: "uptime_in_seconds", Stats: "uptime_seconds", Value: func(c *Counts) any { return time.Since(c.Started).Seconds() }},
	{Section: "stats", Info: "total_connections_received", Value: func(c *Counts) any { return c.accepted }},
	{Stats: "connections", Value: func(c *Counts) any { return c.connections }},
	{Section: "stats", Info: "total_commands_processed", Stats: "requests", Value: func(c *Counts) any { return c.Requests }},
	{Section: "stats", Info: "instantaneous_ops_per_sec", Value: func(c *Counts) any { return c.PerSecond }},
	{Name: "received_bytes_total", Help: "Bytes of requests.", Kind: metric.Counter,
		Section: "stats", Info: "total_net_input_bytes", Value: func(c *Counts) any { return c.BytesIn }},
	{Name: "sent_bytes_total", Help: "Bytes of replies.", Kind: metric.Counter,
		Section: "stats", Info: "total_net_output_bytes", Value: func(c *Counts) any { return c.BytesOut }},
	{Section: "stats", Info: "total_reads_processed", Value: func(c *Counts) any { return c.reads }},
	{Section: "stats", Info: "total_writes_processed", Value: func(c *Counts) any { return c.writes }},
	{Section: "stats", Info: "instantaneous_input_kbps", Value: func(c *Counts) any { return fmt.Sprintf("%.2f", c.InPerSec/1024) }},
	{Section: "stats", Info: "instantaneous_output_kbps", Value: func(c *Counts) any { return fmt.Sprintf("%.2f", c.OutPerSec/1024) }},
	{Name: "connections_rejected_total", Help: "Connections refused because there were too many.", Kind: metric.Counter,
		Section: "stats", Info: "rejected_connections", Stats: "rejected_connections", Value: func(c *Counts) any { return c.rejected }},
	{Name: "connections_closed_total", Help: "Connections that the node closed, by reason.", Kind: metric.Counter, Label: "reason", Series: "backlog",
		Section: "stats", Info: "closed_for_backlog", Stats: "closed_for_backlog", Value: func(c *Counts) any { return c.Closed.Backlog }},
	{Name: "connections_closed_total", Kind: metric.Counter, Label: "reason", Series: "client_buffers",
		Section: "stats", Info: "closed_for_client_buffers", Stats: "closed_for_client_buffers", Value: func(c *Counts) any { return c.Closed.ClientBuffers }},
	{Name: "connections_closed_total", Kind: metric.Counter, Label: "reason", Series: "idle",
		Section: "stats", Info: "closed_for_idleness", Stats: "closed_for_idleness", Value: func(c *Counts) any { return c.Closed.Idle }},
	{Name: "connections_closed_total", Kind: metric.Counter, Label: "reason", Series: "unsent",
		Section: "stats", Info: "closed_with_replies_unsent", Stats: "closed_with_replies_unsent", Value: func(c *Counts) any { return c.Closed.Unsent }},
	{Name: "connections_closed_total", Kind: metric.Counter, Label: "reason", Series: "protocol",
		Section: "stats", Info: "closed_for_protocol", Stats: "closed_for_protocol", Value: func(c *Counts) any { return c.Closed.Protocol }},
	{Name: "connections_closed_total", Kind: metric.Counter, Label: "reason", Series: "panic",
		Section: "stats", Info: "closed_by_panic", Stats: "closed_by_panic", Value: func(c *Counts) any { return c.Closed.Panics }},
	{Name: "sign_ins_total", Help: "Sign-ins by result: accepted, failed (wrong password, or no such user), refused (too many were under way).",
		Kind: metric.Counter, Label: "result", Series: "accepted",
		Section: "stats", Info: "sign_ins_accepted", Stats: "sign_ins_accepted", Value: func(c *Counts) any { return c.SignIns.Accepted }},
	{Name: "sign_ins_total", Kind: metric.Counter, Label: "result", Series: "failed",
		Section: "stats", Info: "sign_ins_failed", Stats: "sign_ins_failed", Value: func(c *Counts) any { return c.SignIns.Failed }},
	{Name: "sign_ins_total", Kind: metric.Counter, Label: "result", Series: "refused",
		Section: "stats", Info: "sign_ins_refused", Stats: "sign_ins_refused", Value: func(c *Counts) any { return c.SignIns.Refused }},
	{Section: "stats", Info: "sync_full", Value: func(c *Counts) any { return c.fullSyncs }},
	{Section: "stats", Info: "sync_partial_ok", Value: func(c *Counts) any { return c.partialSyncs }},
	{Name: "entries", Help: "Entries in the store.", Kind: metric.Gauge,
		Stats: "entries", Value: func(c *Counts) any { return c.Store.Entries }},
	{Name: "entries_expiring", Help: "Entries that have an expiry.", Kind: metric.Gauge,
		Stats: "expiring", Value: func(c *Counts) any { return c.Store.Expiring }},
	{Name: "max_entries", Help: "Budget of entries; 0: none.", Kind: metric.Gauge,
		Section: "memory", Info: "maxentries", Stats: "max_size", Value: func(c *Counts) any { return c.Store.MaxEntries }},
	{Name: "memory_bytes", Help: "Memory by kind: keys_and_values, overhead (headers, index, allocator waste), client_buffers.",
		Kind: metric.Gauge, Label: "kind", Series: "keys_and_values",
		Section: "memory", Info: "used_memory_dataset", Stats: "live_bytes", Value: func(c *Counts) any { return c.Store.LiveBytes }},
	{Name: "memory_bytes", Kind: metric.Gauge, Label: "kind", Series: "overhead",
		Section: "memory", Info: "used_memory_overhead", Value: func(c *Counts) any { return c.Store.UsedBytes - c.Store.LiveBytes }},
	{Section: "memory", Info: "used_memory", Stats: "used_bytes", Value: func(c *Counts) any { return c.Store.UsedBytes }},
	{Name: "max_memory_bytes", Help: "Budget of memory for entries; 0: none.", Kind: metric.Gauge,
		Section: "memory", Info: "maxmemory", Stats: "max_memory", Value: func(c *Counts) any { return c.Store.MaxMemory }},
	{Name: "hits_total", Help: "Reads that found their key.", Kind: metric.Counter,
		Section: "stats", Info: "keyspace_hits", Stats: "hits", Value: func(c *Counts) any { return c.Store.Hits }},
	{Name: "misses_total", Help: "Reads that did not find their key.", Kind: metric.Counter,
		Section: "stats", Info: "keyspace_misses", Stats: "misses", Value: func(c *Counts) any { return c.Store.Misses }},
	{Stats: "sets", Value: func(c *Counts) any { return c.Store.Sets }},
	{Stats: "deletes", Value: func(c *Counts) any { return c.Store.Deletes }},
	{Name: "evictions_total", Help: "Entries removed for room.", Kind: metric.Counter,
		Section: "stats", Info: "evicted_keys", Stats: "evictions", Value: func(c *Counts) any { return c.Store.Evictions }},
	{Name: "expirations_total", Help: "Entries removed because their time had come.", Kind: metric.Counter,
		Section: "stats", Info: "expired_keys", Stats: "expirations", Value: func(c *Counts) any { return c.Store.Expirations }},
	{Section: "memory", Info: "number_of_shards", Stats: "shards", Value: func(c *Counts) any { return c.Store.Shards }},
	{Stats: "event_loops", Value: func(c *Counts) any { return c.loops }},
	{Section: "stats", Info: "total_error_replies", Value: func(c *Counts) any { return c.errors }},
}
