package node

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/cachegopher/cachegopher/replica"
)

// replMetrics is a prometheus.Collector of a node's replication. docs/replication.md lists its metrics.
type replMetrics struct{ r *replication }

func replDesc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("cachegopher_replication_"+name, help, labels, nil)
}

var (
	offsetDesc    = replDesc("offset_bytes", "Offset in the history: of what a primary has logged, or a secondary has applied.")
	linkDesc      = replDesc("link_up", "1: the secondary follows the log. A primary shows it of each of its secondaries, a secondary of itself.", "secondary")
	lagDesc       = replDesc("lag_seconds", "Age of the oldest write that the secondary has not confirmed.", "secondary")
	behindDesc    = replDesc("lag_bytes", "Bytes of the log that the secondary has not confirmed.", "secondary")
	batchesDesc   = replDesc("batches_total", "Batches written to secondaries, or frames applied by a secondary.")
	bytesDesc     = replDesc("bytes_total", "Bytes written to secondaries, or applied by a secondary.")
	syncsDesc     = replDesc("syncs_total", "Syncs by kind: full or partial.", "kind")
	overrunDesc   = replDesc("log_overruns_total", "Full syncs because the log no longer had what a secondary of this primary lacked.")
	reconnectDesc = replDesc("reconnects_total", "Streams after the first: of a primary to any secondary, or to this one.")
	absentDesc    = replDesc("absent_deletes_total", "Deletes that a secondary applied to keys it did not have: evicted, expired, or never sent.")
	refusedDesc   = replDesc("refused_total", "Streams, and attempts to take this node's data, that the node refused: of another version, group or node, or to a primary.")
	servingDesc   = replDesc("serving", "1: the node serves; 0: it recovers.")
)

// Describe implements prometheus.Collector.
func (m *replMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{offsetDesc, linkDesc, lagDesc, behindDesc, batchesDesc, bytesDesc, syncsDesc, overrunDesc, reconnectDesc, absentDesc, refusedDesc, servingDesc} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (m *replMetrics) Collect(to chan<- prometheus.Metric) {
	send := func(d *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, kind, v, labels...)
	}
	p, s := m.r.member.Part()
	switch {
	case s != nil:
		m.secondary(s.Status(m.r.now()), send)
	case p != nil:
		m.primary(p.Status(m.r.now()), send)
	}
}

type sendMetric func(d *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string)

func (m *replMetrics) primary(st replica.PrimaryStatus, send sendMetric) {
	send(offsetDesc, prometheus.GaugeValue, float64(st.Offset))
	send(servingDesc, prometheus.GaugeValue, oneIf(st.Serving))
	for _, l := range st.Links {
		send(linkDesc, prometheus.GaugeValue, oneIf(l.State == "online"), l.ID)
		send(lagDesc, prometheus.GaugeValue, l.LagTime.Seconds(), l.ID)
		send(behindDesc, prometheus.GaugeValue, float64(l.LagBytes), l.ID)
	}
	send(batchesDesc, prometheus.CounterValue, float64(st.Counts.Batches))
	send(bytesDesc, prometheus.CounterValue, float64(st.Counts.Bytes))
	send(syncsDesc, prometheus.CounterValue, float64(st.Counts.FullSyncs), "full")
	send(syncsDesc, prometheus.CounterValue, float64(st.Counts.PartialSyncs), "partial")
	send(overrunDesc, prometheus.CounterValue, float64(st.Counts.Overruns))
	send(reconnectDesc, prometheus.CounterValue, float64(st.Counts.Reconnects))
	send(refusedDesc, prometheus.CounterValue, float64(st.Refused))
}

func (m *replMetrics) secondary(st replica.SecondaryStatus, send sendMetric) {
	send(offsetDesc, prometheus.GaugeValue, float64(st.Position.Offset))
	send(servingDesc, prometheus.GaugeValue, oneIf(st.Serving))
	send(linkDesc, prometheus.GaugeValue, oneIf(st.InStep), m.r.id)
	send(lagDesc, prometheus.GaugeValue, st.Lag.Seconds(), m.r.id)
	send(batchesDesc, prometheus.CounterValue, float64(st.Counts.Frames))
	send(bytesDesc, prometheus.CounterValue, float64(st.Counts.Bytes))
	send(syncsDesc, prometheus.CounterValue, float64(st.Counts.FullSyncs), "full")
	send(syncsDesc, prometheus.CounterValue, float64(st.Counts.PartialSyncs), "partial")
	send(reconnectDesc, prometheus.CounterValue, float64(max(st.Counts.Streams-1, 0)))
	send(refusedDesc, prometheus.CounterValue, float64(st.Refused))
	send(absentDesc, prometheus.CounterValue, float64(m.r.store.AbsentDeletes()))
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
