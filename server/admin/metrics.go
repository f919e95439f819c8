package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

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

const (
	counter = prometheus.CounterValue
	gauge   = prometheus.GaugeValue
)

// metric is a metric without labels, and how its value is read.
type metric struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(*reading) float64
}

// reading is what one scrape or status page reads.
type reading struct {
	session.Snapshot
	server server.Stats

	maxConnections int
	lag            time.Duration // of the slowest event loop
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("cachegopher_"+name, help, labels, nil)
}

// nodeCollector is a prometheus.Collector of the node's counters.
type nodeCollector struct{ admin *Admin }

var (
	infoDesc = describe("info", "The node; always 1.", "id", "role", "version")

	requestsDesc = describe("commands_total", "Requests by command and by how they ended: ok, failed (an error was replied) or rejected (wrong number of arguments, or not allowed).", "command", "result")
	latencyDesc  = describe("command_duration_seconds", "Time to execute one request of a command, without network and queueing. A sample: one request in 61, and each of the long commands.", "command")
	memoryDesc   = describe("memory_bytes", "Memory by kind: keys_and_values, overhead (headers, index, allocator waste), client_buffers.", "kind")
	signInsDesc  = describe("sign_ins_total", "Sign-ins by result: accepted, failed (wrong password, or no such user), refused (too many were under way).", "result")
	closedDesc   = describe("connections_closed_total", "Connections that the node closed, by reason.", "reason")
)

// plain lists the metrics without labels.
var plain = []metric{
	{describe("uptime_seconds", "Time since the start."), gauge, func(r *reading) float64 { return time.Since(r.Started).Seconds() }},
	{describe("entries", "Entries in the store."), gauge, func(r *reading) float64 { return float64(r.Store.Entries) }},
	{describe("entries_expiring", "Entries that have an expiry."), gauge, func(r *reading) float64 { return float64(r.Store.Expiring) }},
	{describe("max_entries", "Budget of entries; 0: none."), gauge, func(r *reading) float64 { return float64(r.Store.MaxEntries) }},
	{describe("max_memory_bytes", "Budget of memory for entries; 0: none."), gauge, func(r *reading) float64 { return float64(r.Store.MaxMemory) }},
	{describe("hits_total", "Reads that found their key."), counter, func(r *reading) float64 { return float64(r.Store.Hits) }},
	{describe("misses_total", "Reads that did not find their key."), counter, func(r *reading) float64 { return float64(r.Store.Misses) }},
	{describe("evictions_total", "Entries removed for room."), counter, func(r *reading) float64 { return float64(r.Store.Evictions) }},
	{describe("expirations_total", "Entries removed because their time had come."), counter, func(r *reading) float64 { return float64(r.Store.Expirations) }},
	{describe("received_bytes_total", "Bytes of requests."), counter, func(r *reading) float64 { return float64(r.BytesIn) }},
	{describe("sent_bytes_total", "Bytes of replies."), counter, func(r *reading) float64 { return float64(r.BytesOut) }},
	{describe("connections", "Connections now."), gauge, func(r *reading) float64 { return float64(r.server.Connections) }},
	{describe("max_connections", "Connections that the node serves at a time."), gauge, func(r *reading) float64 { return float64(r.maxConnections) }},
	{describe("connections_accepted_total", "Connections served."), counter, func(r *reading) float64 { return float64(r.server.Accepted) }},
	{describe("connections_rejected_total", "Connections refused because there were too many."), counter, func(r *reading) float64 { return float64(r.server.Rejected) }},
	{describe("accept_failures_total", "Failed attempts to take a connection, for instance for want of file descriptors."), counter, func(r *reading) float64 { return float64(r.server.AcceptFails) }},
	{describe("event_loop_lag_seconds", "How long the slowest event loop took to get to a task at this scrape."), gauge, func(r *reading) float64 { return r.lag.Seconds() }},
}

// Describe implements prometheus.Collector.
func (c *nodeCollector) Describe(to chan<- *prometheus.Desc) {
	for _, m := range plain {
		to <- m.desc
	}
	for _, d := range []*prometheus.Desc{infoDesc, requestsDesc, latencyDesc, memoryDesc, signInsDesc, closedDesc} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (c *nodeCollector) Collect(to chan<- prometheus.Metric) {
	r := c.admin.read()
	send := func(d *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, kind, v, labels...)
	}
	for _, m := range plain {
		send(m.desc, m.kind, m.value(r))
	}
	send(infoDesc, gauge, 1, r.ID, r.Role, r.Version)
	send(memoryDesc, gauge, float64(r.Store.LiveBytes), "keys_and_values")
	send(memoryDesc, gauge, float64(r.Store.UsedBytes-r.Store.LiveBytes), "overhead")
	send(memoryDesc, gauge, float64(r.server.Buffered), "client_buffers")
	send(closedDesc, counter, float64(r.server.ClosedBacklog), "backlog")
	send(closedDesc, counter, float64(r.server.ClosedClientBuffers), "client_buffers")
	send(closedDesc, counter, float64(r.server.ClosedIdle), "idle")
	send(closedDesc, counter, float64(r.server.ClosedPanic), "panic")
	send(closedDesc, counter, float64(r.server.ClosedUnsent), "unsent")
	send(closedDesc, counter, float64(r.server.ClosedProtocol), "protocol")
	signIns := c.admin.opts.Node.SignIns()
	send(signInsDesc, counter, float64(signIns.Accepted), "accepted")
	send(signInsDesc, counter, float64(signIns.Failed), "failed")
	send(signInsDesc, counter, float64(signIns.Refused), "refused")
	for _, cmd := range r.Commands {
		send(requestsDesc, counter, float64(cmd.Calls-cmd.Failed), cmd.Name, "ok")
		send(requestsDesc, counter, float64(cmd.Failed), cmd.Name, "failed")
		send(requestsDesc, counter, float64(cmd.Rejected), cmd.Name, "rejected")
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
