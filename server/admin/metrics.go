package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/cachegopher/cachegopher/internal/metric"
	"github.com/cachegopher/cachegopher/server"
	"github.com/cachegopher/cachegopher/server/session"
)

// metrics returns the handler of /metrics.
func (a *Admin) metrics() http.Handler {
	reg := prometheus.NewRegistry()
	reg.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		&nodeCollector{admin: a},
	)
	if a.opts.Metrics != nil {
		reg.MustRegister(a.opts.Metrics)
	}
	return promhttp.HandlerFor(reg, promhttp.HandlerOpts{
		MaxRequestsInFlight: 4,
		Timeout:             writeTimeout / 2,
	})
}

// reading is what one scrape or status page reads.
type reading struct {
	session.Snapshot
	server server.Stats

	maxConnections int
	lag            time.Duration // of the slowest event loop
}

// own declares the metrics of the server. session.Metrics are the others without labels, or with labels of fixed values.
var own = []metric.Metric[reading]{
	{Name: "memory_bytes", Kind: metric.Gauge, Label: "kind", Series: "client_buffers", Value: func(r *reading) any { return r.server.Buffered }},
	{Name: "connections", Help: "Connections now.", Kind: metric.Gauge, Value: func(r *reading) any { return r.server.Connections }},
	{Name: "max_connections", Help: "Connections that the node serves at a time.", Kind: metric.Gauge, Value: func(r *reading) any { return r.maxConnections }},
	{Name: "connections_accepted_total", Help: "Connections served.", Kind: metric.Counter, Value: func(r *reading) any { return r.server.Accepted }},
	{Name: "accept_failures_total", Help: "Failed attempts to take a connection, for instance for want of file descriptors.",
		Kind: metric.Counter, Value: func(r *reading) any { return r.server.AcceptFails }},
	{Name: "event_loop_lag_seconds", Help: "How long the slowest event loop took to get to a task at this scrape.",
		Kind: metric.Gauge, Value: func(r *reading) any { return r.lag.Seconds() }},
}

var (
	infoDesc     = describe("info", "The node; always 1.", "id", "role", "version")
	requestsDesc = describe("commands_total", "Requests by command and by how they ended: ok, failed (an error was replied) or rejected (wrong number of arguments, or not allowed).", "command", "result")
	latencyDesc  = describe("command_duration_seconds", "Time to execute one request of a command, without network and queueing. A sample: one request in 61, and each of the long commands.", "command")
)

var descs = func() Descs {
	all := Descs{}
	Describe(all, session.Metrics)
	Describe(all, own)
	return all
}()

// Descs are descriptions of metrics by name.
type Descs map[string]*prometheus.Desc

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(metric.Prefix+name, help, labels, nil)
}

// Describe adds the descriptions of a list. The first metric of a name has the help.
func Describe[R any](descs Descs, list []metric.Metric[R]) {
	for _, m := range list {
		if m.Name == "" || descs[m.Name] != nil {
			continue
		}
		var labels []string
		if m.Label != "" {
			labels = []string{m.Label}
		}
		descs[m.Name] = describe(m.Name, m.Help, labels...)
	}
}

// Collect sends the metrics of a list that Describe was given.
func Collect[R any](to chan<- prometheus.Metric, descs Descs, list []metric.Metric[R], r *R) {
	for i := range list {
		m := &list[i]
		if m.Name == "" {
			continue
		}
		kind := prometheus.GaugeValue
		if m.Kind == metric.Counter {
			kind = prometheus.CounterValue
		}
		var labels []string
		if m.Label != "" {
			labels = []string{m.Series}
		}
		to <- prometheus.MustNewConstMetric(descs[m.Name], kind, m.Number(r), labels...)
	}
}

// nodeCollector is a prometheus.Collector of the node's metrics.
type nodeCollector struct{ admin *Admin }

// Describe implements prometheus.Collector.
func (c *nodeCollector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range descs {
		to <- d
	}
	for _, d := range []*prometheus.Desc{infoDesc, requestsDesc, latencyDesc} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (c *nodeCollector) Collect(to chan<- prometheus.Metric) {
	r := c.admin.read()
	Collect(to, descs, session.Metrics, &r.Counts)
	Collect(to, descs, own, r)
	to <- prometheus.MustNewConstMetric(infoDesc, prometheus.GaugeValue, 1, r.ID, r.Role, r.Version)
	for _, cmd := range r.Commands {
		for result, n := range map[string]int64{"ok": cmd.Calls - cmd.Failed, "failed": cmd.Failed, "rejected": cmd.Rejected} {
			to <- prometheus.MustNewConstMetric(requestsDesc, prometheus.CounterValue, float64(n), cmd.Name, result)
		}
		if n := cmd.Latency.Count(); n > 0 {
			to <- prometheus.MustNewConstHistogram(latencyDesc, uint64(n), cmd.Latency.Sum.Seconds(), buckets(&cmd.Latency), cmd.Name)
		}
	}
}

// buckets returns cumulative counts by upper bound in seconds. It leaves out every other bound.
func buckets(h *session.Latencies) map[float64]uint64 {
	all := map[float64]uint64{}
	sum := int64(0)
	for i, n := range h.Buckets[:len(h.Buckets)-1] {
		if sum += n; i%2 == 0 {
			all[session.LatencyBound(i).Seconds()] = uint64(sum)
		}
	}
	return all
}

// read reads all counters.
func (a *Admin) read() *reading {
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), turnTimeout)
	defer cancel()
	_ = a.opts.Server.CheckLoops(ctx) // a stuck loop shows as a lag of turnTimeout
	lag := time.Since(began)
	return &reading{Snapshot: a.opts.Node.Snapshot(), server: a.opts.Server.Stats(), maxConnections: a.opts.Server.MaxConnections(), lag: lag}
}
