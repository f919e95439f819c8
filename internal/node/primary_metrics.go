package node

import (
	"strings"

	"github.com/cachegopher/cachegopher/internal/metric"
	"github.com/cachegopher/cachegopher/replica"
)

// The sections of INFO have the names that Redis clients know.

// primaryStatus is the source of a primary's metrics.
type primaryStatus struct {
	replica.PrimaryStatus
	handingOver bool
}

// primaryMetrics declares a primary's metrics, in the order of INFO and STATS. Those of single secondaries, for each of
// which there are some, are in Metrics.
var primaryMetrics = []metric.Metric[primaryStatus]{
	{Section: "replication", Info: "configured_slaves", Value: func(st *primaryStatus) any { return len(st.Links) }},
	{Section: "replication", Info: "master_failover_state", Value: func(st *primaryStatus) any {
		return orElse(st.handingOver, "waiting-for-sync", "no-failover")
	}},
	{Section: "replication", Info: "master_replid", Value: func(st *primaryStatus) any { return st.History.IDText() }},
	{Section: "replication", Info: "master_replid2", Value: func(st *primaryStatus) any {
		if st.Prior.Complete {
			return st.Prior.IDText()
		}
		return strings.Repeat("0", 40)
	}},
	{Name: "replication_offset_bytes", Help: offsetHelp, Kind: metric.Gauge,
		Section: "replication", Info: "master_repl_offset", Stats: "replication_offset", Value: func(st *primaryStatus) any { return st.Offset }},
	{Section: "replication", Info: "second_repl_offset", Value: func(st *primaryStatus) any {
		if st.Prior.Complete {
			return st.Prior.Offset
		}
		return -1
	}},
	{Section: "replication", Info: "repl_backlog_active", Value: func(*primaryStatus) any { return 1 }},
	{Section: "replication", Info: "repl_backlog_size", Value: func(st *primaryStatus) any { return st.LogSize }},
	{Section: "replication", Info: "repl_backlog_first_byte_offset", Value: func(st *primaryStatus) any { return st.LogFrom }},
	{Section: "replication", Info: "repl_backlog_histlen", Value: func(st *primaryStatus) any { return st.Offset - st.LogFrom }},
	{Name: "replication_serving", Help: servingHelp, Kind: metric.Gauge, Value: func(st *primaryStatus) any { return oneIf(st.Serving) }},
	{Name: "replication_batches_total", Help: batchesHelp, Kind: metric.Counter,
		Section: "replication", Info: "repl_batches", Stats: "replication_batches", Value: func(st *primaryStatus) any { return st.Counts.Batches }},
	{Name: "replication_bytes_total", Help: bytesHelp, Kind: metric.Counter,
		Section: "replication", Info: "repl_bytes", Stats: "replication_bytes", Value: func(st *primaryStatus) any { return st.Counts.Bytes }},
	{Name: "replication_syncs_total", Help: syncsHelp, Kind: metric.Counter, Label: "kind", Series: "full",
		Stats: "replication_full_syncs", Value: func(st *primaryStatus) any { return st.Counts.FullSyncs }},
	{Name: "replication_syncs_total", Kind: metric.Counter, Label: "kind", Series: "partial",
		Stats: "replication_partial_syncs", Value: func(st *primaryStatus) any { return st.Counts.PartialSyncs }},
	{Name: "replication_log_overruns_total", Help: "Full syncs because the log no longer had what a secondary of this primary lacked.", Kind: metric.Counter,
		Stats: "replication_log_overruns", Value: func(st *primaryStatus) any { return st.Counts.Overruns }},
	{Name: "replication_reconnects_total", Help: reconnectsHelp, Kind: metric.Counter,
		Section: "replication", Info: "repl_reconnects", Stats: "replication_reconnects", Value: func(st *primaryStatus) any { return st.Counts.Reconnects }},
	{Name: "replication_refused_total", Help: refusedHelp, Kind: metric.Counter, Value: func(st *primaryStatus) any { return st.Refused }},
	{Section: "replication", Info: "recovering_from", Value: func(st *primaryStatus) any { return st.Fetching.From }},
	{Section: "replication", Info: "recovered_perc", Value: func(st *primaryStatus) any { return percent(st.Fetching.Arrived, st.Fetching.Entries) }},
	{Section: "replication", Info: "recovered_bytes", Value: func(st *primaryStatus) any { return st.Fetching.Bytes }},
}

// The help of metrics that both roles have.
const (
	offsetHelp     = "Offset in the history: of what a primary has logged, or a secondary has applied."
	servingHelp    = "1: the node serves; 0: it recovers."
	batchesHelp    = "Batches written to secondaries, or frames applied by a secondary."
	bytesHelp      = "Bytes written to secondaries, or applied by a secondary."
	syncsHelp      = "Syncs by kind: full or partial."
	reconnectsHelp = "Streams after the first: of a primary to any secondary, or to this one."
	refusedHelp    = "Streams, and attempts to take this node's data, that the node refused: of another version, group or node, or to a primary."
)
