package node

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/cachegopher/cachegopher/internal/metric"
	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/server/admin"
	"github.com/cachegopher/cachegopher/server/session"
)

// secondaryStatus is what a secondary's metrics are read from.
type secondaryStatus struct {
	replica.SecondaryStatus
	absentDeletes int64
}

// primaryMetrics and secondaryMetrics declare what STATS and /metrics show of replication, in the order of STATS.
// docs/replication.md lists them. A name that both have is explained in the first list.
var (
	primaryMetrics = []metric.Metric[replica.PrimaryStatus]{
		{Name: "replication_offset_bytes", Help: "Offset in the history: of what a primary has logged, or a secondary has applied.", Kind: metric.Gauge,
			Stats: "replication_offset", Value: func(st *replica.PrimaryStatus) any { return st.Offset }},
		{Name: "replication_serving", Help: "1: the node serves; 0: it recovers.", Kind: metric.Gauge,
			Value: func(st *replica.PrimaryStatus) any { return oneIf(st.Serving) }},
		{Name: "replication_batches_total", Help: "Batches written to secondaries, or frames applied by a secondary.", Kind: metric.Counter,
			Stats: "replication_batches", Value: func(st *replica.PrimaryStatus) any { return st.Counts.Batches }},
		{Name: "replication_bytes_total", Help: "Bytes written to secondaries, or applied by a secondary.", Kind: metric.Counter,
			Stats: "replication_bytes", Value: func(st *replica.PrimaryStatus) any { return st.Counts.Bytes }},
		{Name: "replication_syncs_total", Help: "Syncs by kind: full or partial.", Kind: metric.Counter, Label: "kind", Series: "full",
			Stats: "replication_full_syncs", Value: func(st *replica.PrimaryStatus) any { return st.Counts.FullSyncs }},
		{Name: "replication_syncs_total", Kind: metric.Counter, Label: "kind", Series: "partial",
			Stats: "replication_partial_syncs", Value: func(st *replica.PrimaryStatus) any { return st.Counts.PartialSyncs }},
		{Name: "replication_log_overruns_total", Help: "Full syncs because the log no longer had what a secondary of this primary lacked.", Kind: metric.Counter,
			Stats: "replication_log_overruns", Value: func(st *replica.PrimaryStatus) any { return st.Counts.Overruns }},
		{Name: "replication_reconnects_total", Help: "Streams after the first: of a primary to any secondary, or to this one.", Kind: metric.Counter,
			Stats: "replication_reconnects", Value: func(st *replica.PrimaryStatus) any { return st.Counts.Reconnects }},
		{Name: "replication_refused_total", Help: "Streams, and attempts to take this node's data, that the node refused: of another version, group or node, or to a primary.",
			Kind: metric.Counter, Value: func(st *replica.PrimaryStatus) any { return st.Refused }},
	}
	secondaryMetrics = []metric.Metric[secondaryStatus]{
		{Stats: "replication_link", Value: func(st *secondaryStatus) any { return linkWord(&st.SecondaryStatus) }},
		{Name: "replication_offset_bytes", Kind: metric.Gauge,
			Stats: "replication_offset", Value: func(st *secondaryStatus) any { return st.Position.Offset }},
		{Name: "replication_serving", Kind: metric.Gauge, Value: func(st *secondaryStatus) any { return oneIf(st.Serving) }},
		{Stats: "replication_lag_ms", Value: func(st *secondaryStatus) any { return st.Lag.Milliseconds() }},
		{Name: "replication_batches_total", Kind: metric.Counter,
			Stats: "replication_frames", Value: func(st *secondaryStatus) any { return st.Counts.Frames }},
		{Name: "replication_bytes_total", Kind: metric.Counter,
			Stats: "replication_bytes", Value: func(st *secondaryStatus) any { return st.Counts.Bytes }},
		{Name: "replication_syncs_total", Kind: metric.Counter, Label: "kind", Series: "full",
			Stats: "replication_full_syncs", Value: func(st *secondaryStatus) any { return st.Counts.FullSyncs }},
		{Name: "replication_syncs_total", Kind: metric.Counter, Label: "kind", Series: "partial",
			Stats: "replication_partial_syncs", Value: func(st *secondaryStatus) any { return st.Counts.PartialSyncs }},
		{Name: "replication_reconnects_total", Kind: metric.Counter,
			Stats: "replication_reconnects", Value: func(st *secondaryStatus) any { return max(st.Counts.Streams-1, 0) }},
		{Name: "replication_absent_deletes_total", Help: "Deletes that a secondary applied to keys it did not have: evicted, expired, or never sent.", Kind: metric.Counter,
			Stats: "replication_absent_deletes", Value: func(st *secondaryStatus) any { return st.absentDeletes }},
		{Name: "replication_refused_total", Kind: metric.Counter, Value: func(st *secondaryStatus) any { return st.Refused }},
	}
)

var replDescs = func() admin.Descs {
	all := admin.Descs{}
	admin.Describe(all, primaryMetrics)
	admin.Describe(all, secondaryMetrics)
	return all
}()

// statsFields returns the lines of STATS of a list.
func statsFields[R any](list []metric.Metric[R], r *R) (f []session.Field) {
	for i := range list {
		if m := &list[i]; m.Stats != "" {
			f = append(f, session.Field{Name: m.Stats, Value: m.Text(r)})
		}
	}
	return f
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

// replMetrics is a prometheus.Collector of a node's replication. docs/replication.md lists its metrics.
type replMetrics struct{ r *replication }

func linkDesc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc(metric.Prefix+"replication_"+name, help, []string{"secondary"}, nil)
}

// The metrics of one secondary each.
var (
	linkUpDesc = linkDesc("link_up", "1: the secondary follows the log. A primary shows it of each of its secondaries, a secondary of itself.")
	lagDesc    = linkDesc("lag_seconds", "Age of the oldest write that the secondary has not confirmed.")
	behindDesc = linkDesc("lag_bytes", "Bytes of the log that the secondary has not confirmed.")
)

// Describe implements prometheus.Collector.
func (m *replMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range replDescs {
		to <- d
	}
	to <- linkUpDesc
	to <- lagDesc
	to <- behindDesc
}

// Collect implements prometheus.Collector.
func (m *replMetrics) Collect(to chan<- prometheus.Metric) {
	link := func(d *prometheus.Desc, v float64, id string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, id)
	}
	p, s := m.r.member.Part()
	switch {
	case s != nil:
		st := m.r.secondaryStatus(s)
		admin.Collect(to, replDescs, secondaryMetrics, &st)
		link(linkUpDesc, oneIf(st.InStep), m.r.id)
		link(lagDesc, st.Lag.Seconds(), m.r.id)
	case p != nil:
		st := p.Status(m.r.now())
		admin.Collect(to, replDescs, primaryMetrics, &st)
		for _, l := range st.Links {
			link(linkUpDesc, oneIf(l.State == "online"), l.ID)
			link(lagDesc, l.LagTime.Seconds(), l.ID)
			link(behindDesc, float64(l.LagBytes), l.ID)
		}
	}
}

func (r *replication) secondaryStatus(s *replica.Secondary) secondaryStatus {
	return secondaryStatus{s.Status(r.now()), int64(r.store.AbsentDeletes())}
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
