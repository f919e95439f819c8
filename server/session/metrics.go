package session

import (
	"fmt"
	"time"

	"github.com/cachegopher/cachegopher/internal/curve"
	"github.com/cachegopher/cachegopher/internal/metric"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/auth"
)

// Counts are a node's counters and sizes, except those of single commands.
type Counts struct {
	ID, Role, Version   string
	RunID               string // differs from one start to the next
	Started             time.Time
	Store               lru.Stats
	Sessions            int   // connections of clients now
	Requests            int64 // executed
	BytesIn, BytesOut   int64
	PerSecond           float64 // requests, recently
	InPerSec, OutPerSec float64 // bytes, recently
	SignIns             auth.Stats

	connections             int // including those of other nodes
	loops                   int
	accepted                int64
	fullSyncs, partialSyncs int64
	errors                  int64 // error replies
	saves                   Saves
	kept                    Kept
	curve                   Curve
	using                   lru.Using
}

// counts reads the counters; t are the loops' totals.
func (n *Node) counts(t *totals) Counts {
	c := Counts{
		ID: n.ID, Role: n.role(), Version: n.Version, RunID: n.runID, Started: n.start,
		Store: n.store.Stats(), Requests: t.all, BytesIn: t.bytesIn, BytesOut: t.bytesOut,
		SignIns: n.SignIns(), saves: n.Saves(), kept: n.Kept,
	}
	c.curve, c.using = curveOf(n.store, c.Store), n.store.Using()
	c.PerSecond, c.InPerSec, c.OutPerSec = n.perSecond()
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

// readings reads all metrics of the node: those of the sessions, of the server and of replication.
func (n *Node) readings(c *Counts) []metric.Reading {
	all := make([]metric.Reading, 0, 100)
	all = append(all, metric.Read(Traffic, c)...)
	if n.ServerMetrics != nil {
		all = append(all, n.ServerMetrics()...)
	}
	all = append(all, metric.Read(Contents, c)...)
	all = append(all, metric.Read(Evicting, c)...)
	all = append(all, metric.Read(Predictions, c)...)
	all = append(all, prefixReadings(c.curve.Prefixes)...)
	if n.Replication == nil {
		return append(all, metric.Read(alone, c)...)
	}
	return append(all, n.Replication.Metrics()...)
}

// alone declares the lines of INFO replication after the role, for a node that does not replicate.
var alone = []metric.Metric[Counts]{
	{Section: "replication", Info: "connected_slaves", Value: func(*Counts) any { return 0 }},
	{Section: "replication", Info: "master_failover_state", Value: func(*Counts) any { return "no-failover" }},
	{Section: "replication", Info: "master_replid", Value: func(c *Counts) any { return c.RunID }},
	{Section: "replication", Info: "master_repl_offset", Value: func(*Counts) any { return 0 }},
	{Section: "replication", Info: "second_repl_offset", Value: func(*Counts) any { return -1 }},
	{Section: "replication", Info: "repl_backlog_active", Value: func(*Counts) any { return 0 }},
}

// Traffic declares what INFO, STATS and /metrics show of a node before the server's metrics, in the order of STATS.
// Package manage has the constant lines of INFO.
var Traffic = []metric.Metric[Counts]{
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
	{Section: "stats", Info: "instantaneous_input_kbps", Value: func(c *Counts) any { return fmt.Sprintf("%.2f", c.InPerSec/1024) }},
	{Section: "stats", Info: "instantaneous_output_kbps", Value: func(c *Counts) any { return fmt.Sprintf("%.2f", c.OutPerSec/1024) }},
}

// Evicting declares the metrics of the eviction policy in use.
var Evicting = evicting()

// Predictions declares the metrics of the memory curve.
var Predictions = predictions("", "Share of reads that would find their key with so many times today's memory, by simulations over a sample of the keys; NaN: not known well enough.",
	func(c *Counts) ([]curve.Point, int64) { return c.curve.Points, c.curve.SampledReads })

// Contents declares the other metrics, which STATS shows after the server's.
var Contents = []metric.Metric[Counts]{
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
	{Name: "snapshots_total", Help: "Snapshots by result: written or failed.", Kind: metric.Counter, Label: "result", Series: "written",
		Stats: "snapshots_written", Value: func(c *Counts) any { return c.saves.Written }},
	{Name: "snapshots_total", Kind: metric.Counter, Label: "result", Series: "failed",
		Stats: "snapshots_failed", Value: func(c *Counts) any { return c.saves.Failures }},
	{Name: "snapshot_time_seconds", Help: "When the last snapshot was complete, as a Unix time; 0: none was since the start.", Kind: metric.Gauge, Value: func(c *Counts) any {
		if c.saves.Last.IsZero() {
			return 0
		}
		return c.saves.Last.Unix()
	}},
	{Name: "kept_entries", Help: "Entries of the node's last process that the start has found in kept memory.", Kind: metric.Gauge,
		Section: "persistence", Info: "kept_entries", Stats: "kept_entries", Value: func(c *Counts) any { return c.kept.Entries }},
	{Name: "kept_shards_lost", Help: "Shards of kept memory that the start has emptied, because the last process was changing them when it was killed, or because they were damaged.", Kind: metric.Gauge,
		Section: "persistence", Info: "kept_shards_lost", Stats: "kept_shards_lost", Value: func(c *Counts) any { return c.kept.LostShards }},
	{Name: "kept_missing", Help: "1: the file of kept memory was removed, so that the next start does not find it.", Kind: metric.Gauge,
		Section: "persistence", Info: "kept_missing", Stats: "kept_missing", Value: func(c *Counts) any { return c.kept.missing() }},
	{Name: "kept_start_seconds", Help: "How long the start took to take over kept memory; 0: there was none.", Kind: metric.Gauge,
		Value: func(c *Counts) any { return c.kept.Took.Seconds() }},
	{Name: "max_entries", Help: "Budget of entries; 0: none.", Kind: metric.Gauge,
		Section: "memory", Info: "maxentries", Stats: "max_size", Value: func(c *Counts) any { return c.Store.MaxEntries }},
	{Name: "memory_bytes", Kind: metric.Gauge, Label: "kind", Series: "keys_and_values",
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
