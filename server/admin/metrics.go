package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/cachegopher/cachegopher/internal/metric"
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
	return promhttp.HandlerFor(reg, promhttp.HandlerOpts{
		MaxRequestsInFlight: 4,
		Timeout:             writeTimeout / 2,
	})
}

// reading holds the values for one scrape or status page.
type reading struct {
	session.Snapshot
	lag time.Duration // of the slowest event loop
}

// own declares the metrics of this package. The node's Snapshot has the other metrics without labels, or with labels
// of fixed values.
var own = []metric.Metric[reading]{
	{Name: "event_loop_lag_seconds", Help: "How long the slowest event loop took to get to a task at this scrape.",
		Kind: metric.Gauge, Value: func(r *reading) any { return r.lag.Seconds() }},
}

var (
	infoDesc     = describe("info", "The node; always 1.", "id", "role", "version")
	requestsDesc = describe("commands_total", "Requests by command and by how they ended: ok, failed (an error was replied) or rejected (wrong number of arguments, or not allowed).", "command", "result")
	latencyDesc  = describe("command_duration_seconds", "Time to execute one request of a command, without network and queueing. A sample: one request in 61, and each of the long commands.", "command")
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(metric.Prefix+name, help, labels, nil)
}

// Collect sends readings that have a Name. The first one of a name has the help.
func Collect(to chan<- prometheus.Metric, all []metric.Reading) {
	descs := map[string]*prometheus.Desc{}
	for i := range all {
		r := &all[i]
		if r.Name == "" {
			continue
		}
		names, values := make([]string, len(r.Labels)), make([]string, len(r.Labels))
		for j, l := range r.Labels {
			names[j], values[j] = l.Name, l.Value
		}
		if descs[r.Name] == nil {
			descs[r.Name] = describe(r.Name, r.Help, names...)
		}
		kind := prometheus.GaugeValue
		if r.Kind == metric.Counter {
			kind = prometheus.CounterValue
		}
		to <- prometheus.MustNewConstMetric(descs[r.Name], kind, r.Number(), values...)
	}
}

// nodeCollector is a prometheus.Collector of the node's metrics.
type nodeCollector struct{ admin *Admin }

// Describe implements prometheus.Collector. It describes nothing: a change of role changes the metrics.
func (c *nodeCollector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c *nodeCollector) Collect(to chan<- prometheus.Metric) {
	r := c.admin.read()
	Collect(to, append(r.Metrics(), metric.Read(own, r)...))
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
	return &reading{Snapshot: a.opts.Node.Snapshot(), lag: lag}
}
