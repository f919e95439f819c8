// Package cacheotel reports a client's operations as OpenTelemetry traces and metrics:
//
//	hooks, err := cacheotel.New(cacheotel.Options{})
//	c, err := client.New(client.WithConfigFile(path), client.WithHooks(hooks))
//
// Each operation is a span of kind client, a child of the span in its context, and a sample of the
// histogram db.client.operation.duration. Names follow the semantic conventions for databases. A span
// has the node, the number of attempts and the bytes sent and received, but no keys or values.
//
// # Dependencies
//
// The API of OpenTelemetry (go.opentelemetry.io/otel with its metric and trace modules), but not its
// SDK, which the application chooses. Because of this dependency the package is a module of its own.
package cacheotel

import (
	"context"
	"fmt"
	"net"
	"strconv"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/cachegopher/cachegopher/client"
)

const scope = "github.com/cachegopher/cachegopher/client/observe/cacheotel"

// Options of New. The zero value takes OpenTelemetry's global providers.
type Options struct {
	TracerProvider trace.TracerProvider
	MeterProvider  metric.MeterProvider
	// Attributes are added to all spans and samples.
	Attributes []attribute.KeyValue
}

// Hooks are client.Hooks.
type Hooks struct {
	tracer   trace.Tracer
	duration metric.Float64Histogram
	bytes    metric.Int64Counter
	common   []attribute.KeyValue
}

// New returns hooks. It fails if the meter cannot make an instrument.
func New(o Options) (*Hooks, error) {
	if o.TracerProvider == nil {
		o.TracerProvider = otel.GetTracerProvider()
	}
	if o.MeterProvider == nil {
		o.MeterProvider = otel.GetMeterProvider()
	}
	h := &Hooks{tracer: o.TracerProvider.Tracer(scope),
		common: append([]attribute.KeyValue{attribute.String("db.system.name", "cachegopher")}, o.Attributes...)}
	meter := o.MeterProvider.Meter(scope)
	var err error
	h.duration, err = meter.Float64Histogram("db.client.operation.duration", metric.WithUnit("s"),
		metric.WithDescription("How long operations took."),
		metric.WithExplicitBucketBoundaries(50e-6, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, .01, .02, .05, .1, .2, .5, 1, 2))
	if err != nil {
		return nil, fmt.Errorf("cacheotel: %w", err)
	}
	h.bytes, err = meter.Int64Counter("cachegopher.client.io", metric.WithUnit("By"),
		metric.WithDescription("Bytes of keys and values sent, and of values received."))
	if err != nil {
		return nil, fmt.Errorf("cacheotel: %w", err)
	}
	return h, nil
}

// spanKey is the context key of the operation's span.
type spanKey struct{}

// Start begins a span.
func (h *Hooks) Start(ctx context.Context, op client.Op) context.Context {
	ctx, span := h.tracer.Start(ctx, op.String(), trace.WithSpanKind(trace.SpanKindClient))
	return context.WithValue(ctx, spanKey{}, span)
}

// End ends the operation's span and counts it.
func (h *Hooks) End(ctx context.Context, e client.Event) {
	attrs := append(h.common[:len(h.common):len(h.common)],
		attribute.String("db.operation.name", e.Op.String()),
		attribute.String("cachegopher.outcome", e.Outcome()))
	if host, port, err := net.SplitHostPort(e.Address); err == nil {
		attrs = append(attrs, attribute.String("server.address", host))
		if n, err := strconv.Atoi(port); err == nil {
			attrs = append(attrs, attribute.Int("server.port", n))
		}
	} else if e.Address != "" {
		attrs = append(attrs, attribute.String("server.address", e.Address))
	}
	h.duration.Record(ctx, e.Duration.Seconds(), metric.WithAttributes(attrs...))
	io := func(n int, direction string) {
		h.bytes.Add(ctx, int64(n), metric.WithAttributes(append(attrs[:len(attrs):len(attrs)],
			attribute.String("network.io.direction", direction))...))
	}
	io(e.BytesOut, "transmit")
	io(e.BytesIn, "receive")
	if span, ok := ctx.Value(spanKey{}).(trace.Span); ok {
		endSpan(span, e, attrs)
	}
}

func endSpan(span trace.Span, e client.Event, attrs []attribute.KeyValue) {
	defer span.End()
	if !span.IsRecording() {
		return
	}
	span.SetAttributes(attrs...)
	span.SetAttributes(
		attribute.String("cachegopher.node", e.Node),
		attribute.Int("cachegopher.keys", e.Keys),
		attribute.Int("cachegopher.attempts", e.Attempts),
		attribute.Bool("cachegopher.hedged", e.Hedged),
		attribute.Int("cachegopher.bytes_out", e.BytesOut),
		attribute.Int("cachegopher.bytes_in", e.BytesIn))
	if e.Failed() {
		span.SetStatus(codes.Error, e.Err.Error()) // contains neither keys nor values
		span.SetAttributes(attribute.String("error.type", e.Outcome()))
	}
}
