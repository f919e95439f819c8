// Package cacheprom reports a client's operations and nodes to Prometheus:
//
//	metrics := cacheprom.New(cacheprom.Options{})
//	c, err := client.New(client.WithConfigFile(path), client.WithHooks(metrics))
//	metrics.Watch(c)
//	prometheus.MustRegister(metrics)
//
// Labels are operations, outcomes and nodes, never keys.
//
// # Dependencies
//
// github.com/prometheus/client_golang. Because of this dependency the package is a module of its own.
package cacheprom

import (
	"context"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/cachegopher/cachegopher/client"
)

// Options of New. The zero value means the defaults.
type Options struct {
	// Labels are added to all metrics. A process with several clients needs them.
	Labels prometheus.Labels
	// Buckets of the durations, in seconds. Default: 50 us to 3.3 s, each twice the previous one.
	Buckets []float64
}

// Metrics are client.Hooks and a prometheus.Collector.
type Metrics struct {
	duration *prometheus.HistogramVec
	bytes    *prometheus.CounterVec
	hedged   prometheus.Counter
	nodes    nodes
	watched  atomic.Pointer[client.Client]
}

const prefix = "cachegopher_client_"

// New returns metrics; register them with Prometheus.
func New(o Options) *Metrics {
	if o.Buckets == nil {
		o.Buckets = prometheus.ExponentialBuckets(50e-6, 2, 17)
	}
	return &Metrics{
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: prefix + "operation_duration_seconds", Buckets: o.Buckets, ConstLabels: o.Labels,
			Help: "How long operations took, by operation and outcome.",
		}, []string{"operation", "outcome"}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: prefix + "bytes_total", ConstLabels: o.Labels,
			Help: "Bytes of keys and values sent, and of values received.",
		}, []string{"direction"}),
		hedged: prometheus.NewCounter(prometheus.CounterOpts{
			Name: prefix + "hedged_reads_total", ConstLabels: o.Labels,
			Help: "Reads for which a second node was asked.",
		}),
		nodes: newNodes(o.Labels),
	}
}

// Watch adds c's node status to each scrape.
func (m *Metrics) Watch(c *client.Client) { m.watched.Store(c) }

// Start does nothing.
func (m *Metrics) Start(ctx context.Context, _ client.Op) context.Context { return ctx }

// End counts an operation.
func (m *Metrics) End(_ context.Context, e client.Event) {
	m.duration.WithLabelValues(e.Op.String(), e.Outcome()).Observe(e.Duration.Seconds())
	m.bytes.WithLabelValues("out").Add(float64(e.BytesOut))
	m.bytes.WithLabelValues("in").Add(float64(e.BytesIn))
	if e.Hedged {
		m.hedged.Inc()
	}
}

// Describe is prometheus.Collector's.
func (m *Metrics) Describe(ch chan<- *prometheus.Desc) {
	m.duration.Describe(ch)
	m.bytes.Describe(ch)
	m.hedged.Describe(ch)
	for _, d := range m.nodes {
		ch <- d.desc
	}
}

// Collect is prometheus.Collector's.
func (m *Metrics) Collect(ch chan<- prometheus.Metric) {
	m.duration.Collect(ch)
	m.bytes.Collect(ch)
	m.hedged.Collect(ch)
	if c := m.watched.Load(); c != nil {
		m.nodes.collect(ch, c.Nodes())
	}
}
