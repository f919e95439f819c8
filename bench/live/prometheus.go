package live

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Exporter answers /metrics in the forms of Prometheus and OpenMetrics.
type Exporter struct {
	requests, errors *prometheus.CounterVec
	gauges           []gauge
	server           *http.Server
	address          net.Addr
}

// gauge is a figure of a target's last slice.
type gauge struct {
	vec *prometheus.GaugeVec
	of  func(Row) float64
}

// NewExporter listens at address, host:port.
func NewExporter(address string) (*Exporter, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	labels, reg := []string{"run", "target"}, prometheus.NewRegistry()
	counter := func(name, help string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "cachegopher_bench", Name: name, Help: help}, labels)
		reg.MustRegister(c)
		return c
	}
	e := &Exporter{address: l.Addr(), requests: counter("requests_total", "Requests answered while measuring."), errors: counter("errors_total", "Errors of all kinds.")}
	for _, g := range []struct {
		name, help string
		of         func(Row) float64
	}{
		{"requests_per_second", "Rate of the last slice of time.", func(r Row) float64 { return r.Rate }},
		{"latency_p50_seconds", "Median latency of the last slice.", func(r Row) float64 { return r.P50.Seconds() }},
		{"latency_p99_seconds", "Latency that 1% of the last slice's requests exceeded.", func(r Row) float64 { return r.P99.Seconds() }},
		{"server_cores", "Cores that the server used in the last slice; 0 if unknown.", func(r Row) float64 { return r.Server }},
		{"generator_cores", "Cores that the generator used in the last slice.", func(r Row) float64 { return r.Generator }},
		{"round", "The current round, from 1.", func(r Row) float64 { return float64(r.Round) }},
	} {
		vec := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "cachegopher_bench", Name: g.name, Help: g.help}, labels)
		reg.MustRegister(vec)
		e.gauges = append(e.gauges, gauge{vec, g.of})
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	e.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go e.server.Serve(l) //nolint:errcheck // it ends with Close
	return e, nil
}

// Address is where it listens.
func (e *Exporter) Address() string { return e.address.String() }

// Row updates the metrics.
func (e *Exporter) Row(r Row) error {
	e.requests.WithLabelValues(r.Run, r.Target).Add(r.Rate * r.Seconds)
	e.errors.WithLabelValues(r.Run, r.Target).Add(float64(r.Errors))
	for _, g := range e.gauges {
		g.vec.WithLabelValues(r.Run, r.Target).Set(g.of(r))
	}
	return nil
}

// Close answers those who are asking, and stops listening.
func (e *Exporter) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := e.server.Shutdown(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("closing the metrics' listener: %w", err)
	}
	return nil
}
