package node

import (
	"fmt"

	"github.com/cachegopher/cachegopher/internal/metric"
	"github.com/cachegopher/cachegopher/replica"
)

// secondaryStatus is the source of a secondary's metrics.
type secondaryStatus struct {
	replica.SecondaryStatus
	host, port    string // of the primary
	absentDeletes int64
}

// whileSyncing returns v while a full sync is under way, otherwise nil.
func (st *secondaryStatus) whileSyncing(v any) any {
	if st.Syncing {
		return v
	}
	return nil
}

// secondaryMetrics declares a secondary's metrics, in the order of INFO and STATS.
var secondaryMetrics = []metric.Metric[secondaryStatus]{
	{Section: "replication", Info: "master_host", Value: func(st *secondaryStatus) any { return st.host }},
	{Section: "replication", Info: "master_port", Value: func(st *secondaryStatus) any { return st.port }},
	{Section: "replication", Info: "master_id", Value: func(st *secondaryStatus) any { return st.Primary }},
	{Section: "replication", Info: "master_link_status", Value: func(st *secondaryStatus) any { return orElse(st.InStep, "up", "down") }},
	{Stats: "replication_link", Value: func(st *secondaryStatus) any { return linkWord(&st.SecondaryStatus) }},
	{Section: "replication", Info: "master_last_io_seconds_ago", Value: func(st *secondaryStatus) any {
		if !st.Linked {
			return -1
		}
		return st.Heard.Seconds()
	}},
	{Section: "replication", Info: "master_sync_in_progress", Value: func(st *secondaryStatus) any { return oneIf(st.Syncing) }},
	{Section: "replication", Info: "slave_read_repl_offset", Value: func(st *secondaryStatus) any { return st.Position.Offset }},
	{Name: "replication_offset_bytes", Help: offsetHelp, Kind: metric.Gauge,
		Section: "replication", Info: "slave_repl_offset", Stats: "replication_offset", Value: func(st *secondaryStatus) any { return st.Position.Offset }},
	{Name: "replication_serving", Help: servingHelp, Kind: metric.Gauge, Value: func(st *secondaryStatus) any { return oneIf(st.Serving) }},
	{Section: "replication", Info: "slave_lag_ms", Stats: "replication_lag_ms", Value: func(st *secondaryStatus) any { return st.Lag.Milliseconds() }},
	{Name: "replication_clock_skew_seconds", Help: "How far the time of day is ahead of the primary's; 0: by less than a second.", Kind: metric.Gauge,
		Value: func(st *secondaryStatus) any { return st.Ahead.Seconds() }},
	{Section: "replication", Info: "slave_clock_skew_ms", Stats: "replication_clock_skew_ms", Value: func(st *secondaryStatus) any { return st.Ahead.Milliseconds() }},
	{Section: "replication", Info: "master_sync_total_bytes", Value: func(st *secondaryStatus) any { return st.whileSyncing(st.Size) }},
	{Section: "replication", Info: "master_sync_read_bytes", Value: func(st *secondaryStatus) any { return st.whileSyncing(st.Bytes) }},
	{Section: "replication", Info: "master_sync_left_bytes", Value: func(st *secondaryStatus) any { return st.whileSyncing(max(st.Size-st.Bytes, 0)) }},
	{Section: "replication", Info: "master_sync_perc", Value: func(st *secondaryStatus) any { return st.whileSyncing(percent(st.Arrived, st.Entries)) }},
	{Section: "replication", Info: "master_sync_mb_per_second", Value: func(st *secondaryStatus) any {
		return st.whileSyncing(fmt.Sprintf("%.1f", float64(st.Bytes)/1e6/max(st.SyncTime.Seconds(), 1e-3)))
	}},
	{Section: "replication", Info: "master_link_down_since_seconds", Value: func(st *secondaryStatus) any {
		if st.Linked {
			return nil
		}
		return st.Down.Seconds()
	}},
	{Name: "replication_batches_total", Help: batchesHelp, Kind: metric.Counter,
		Stats: "replication_frames", Value: func(st *secondaryStatus) any { return st.Counts.Frames }},
	{Name: "replication_bytes_total", Help: bytesHelp, Kind: metric.Counter,
		Stats: "replication_bytes", Value: func(st *secondaryStatus) any { return st.Counts.Bytes }},
	{Name: "replication_syncs_total", Help: syncsHelp, Kind: metric.Counter, Label: "kind", Series: "full",
		Stats: "replication_full_syncs", Value: func(st *secondaryStatus) any { return st.Counts.FullSyncs }},
	{Name: "replication_syncs_total", Kind: metric.Counter, Label: "kind", Series: "partial",
		Stats: "replication_partial_syncs", Value: func(st *secondaryStatus) any { return st.Counts.PartialSyncs }},
	{Name: "replication_reconnects_total", Help: reconnectsHelp, Kind: metric.Counter,
		Stats: "replication_reconnects", Value: func(st *secondaryStatus) any { return max(st.Counts.Streams-1, 0) }},
	{Name: "replication_absent_deletes_total", Help: "Deletes that a secondary applied to keys it did not have: evicted, expired, or never sent.", Kind: metric.Counter,
		Stats: "replication_absent_deletes", Value: func(st *secondaryStatus) any { return st.absentDeletes }},
	{Name: "replication_refused_total", Help: refusedHelp, Kind: metric.Counter, Value: func(st *secondaryStatus) any { return st.Refused }},
	{Section: "replication", Info: "slave_priority", Value: func(*secondaryStatus) any { return 100 }},
	{Section: "replication", Info: "slave_read_only", Value: func(*secondaryStatus) any { return 1 }},
	{Section: "replication", Info: "replica_announced", Value: func(*secondaryStatus) any { return 1 }},
	{Section: "replication", Info: "connected_slaves", Value: func(*secondaryStatus) any { return 0 }},
	{Section: "replication", Info: "master_failover_state", Value: func(*secondaryStatus) any { return "no-failover" }},
	{Section: "replication", Info: "master_replid", Value: func(st *secondaryStatus) any { return st.Position.IDText() }},
	{Section: "replication", Info: "master_repl_offset", Value: func(st *secondaryStatus) any { return st.Position.Offset }},
	{Section: "replication", Info: "second_repl_offset", Value: func(*secondaryStatus) any { return -1 }},
	{Section: "replication", Info: "repl_backlog_active", Value: func(*secondaryStatus) any { return 0 }},
}

func linkWord(st *replica.SecondaryStatus) string {
	switch {
	case st.InStep:
		return "up"
	case st.Syncing:
		return "syncing"
	}
	return "down"
}
