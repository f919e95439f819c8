package cacheprom

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/cachegopher/cachegopher/client"
)

// nodes are the metrics of each node.
type nodes []nodeMetric

type nodeMetric struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(client.NodeStatus) float64
}

func newNodes(labels prometheus.Labels) nodes {
	metric := func(name, help string, kind prometheus.ValueType, of func(client.NodeStatus) float64) nodeMetric {
		return nodeMetric{prometheus.NewDesc(prefix+"node_"+name, help, []string{"node", "group"}, labels), kind, of}
	}
	gauge, counter := prometheus.GaugeValue, prometheus.CounterValue
	return nodes{
		metric("up", "1 while the node is connected and not set aside.", gauge, func(s client.NodeStatus) float64 {
			if s.State == client.StateUp {
				return 1
			}
			return 0
		}),
		metric("connections", "Connections to the node.", gauge, func(s client.NodeStatus) float64 { return float64(s.Conns) }),
		metric("in_flight", "Requests without an answer.", gauge, func(s client.NodeStatus) float64 { return float64(s.InFlight) }),
		metric("latency_seconds", "Moving mean of recent latencies.", gauge, func(s client.NodeStatus) float64 { return s.Mean.Seconds() }),
		metric("requests_total", "Requests sent.", counter, func(s client.NodeStatus) float64 { return float64(s.Requests) }),
		metric("failures_total", "Connections that failed.", counter, func(s client.NodeStatus) float64 { return float64(s.Errors) }),
		metric("timeouts_total", "Requests that callers gave up.", counter, func(s client.NodeStatus) float64 { return float64(s.Timeouts) }),
		metric("dials_total", "Attempts to connect.", counter, func(s client.NodeStatus) float64 { return float64(s.Dials) }),
		metric("received_bytes_total", "Bytes received.", counter, func(s client.NodeStatus) float64 { return float64(s.BytesIn) }),
		metric("sent_bytes_total", "Bytes sent.", counter, func(s client.NodeStatus) float64 { return float64(s.BytesOut) }),
	}
}

func (n nodes) collect(ch chan<- prometheus.Metric, all []client.NodeStatus) {
	for _, s := range all {
		for _, m := range n {
			ch <- prometheus.MustNewConstMetric(m.desc, m.kind, m.of(s), s.ID, s.Group)
		}
	}
}
