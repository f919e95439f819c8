package cacheotel_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/client/observe/cacheotel"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/server/servertest"
)

func TestTracesAndMetrics(t *testing.T) {
	spans, reader := tracetest.NewSpanRecorder(), sdkmetric.NewManualReader()
	traces := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	hooks, err := cacheotel.New(cacheotel.Options{TracerProvider: traces, MeterProvider: sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))})
	if err != nil {
		t.Fatal(err)
	}
	n := servertest.Start(t, servertest.ID("n1"))
	c, err := client.New(client.WithConfigFile(servertest.ConfigFile(t, []*servertest.Node{n})), client.WithHooks(hooks))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // always nil
	ctx := testkit.Within(t, testkit.Patience)
	ctx, parent := traces.Tracer("test").Start(ctx, "request")
	if err := c.Set(ctx, "secret-key", []byte("secret")); err != nil {
		t.Fatal(err)
	}
	_, _ = c.Get(ctx, "secret-key")
	_, _ = c.Get(ctx, "secret-none")
	_, _ = c.GetMany(ctx, []string{"secret-key", "secret-none"})
	n.Fail("ERR out of luck", 1)
	_, _ = c.Incr(ctx, "secret-key", 1)
	parent.End()

	want := []string{"Set ok keys=1 out=16 in=0", "Get ok keys=1 out=10 in=6", "Get not_found keys=1 out=11 in=0",
		"GetMany ok keys=2 out=21 in=6", "Incr error keys=1 out=10 in=0"}
	ended := spans.Ended()
	if len(ended) != len(want)+1 {
		t.Fatalf("%d spans", len(ended))
	}
	for i, s := range ended[:len(want)] {
		attrs := map[string]string{}
		for _, a := range s.Attributes() {
			attrs[string(a.Key)] = a.Value.Emit()
		}
		if got := fmt.Sprintf("%s %s keys=%s out=%s in=%s", s.Name(), attrs["cachegopher.outcome"], attrs["cachegopher.keys"],
			attrs["cachegopher.bytes_out"], attrs["cachegopher.bytes_in"]); got != want[i] {
			t.Errorf("span %d: %s, want %s", i, got, want[i])
		}
		if s.SpanKind() != trace.SpanKindClient || s.Parent().SpanID() != parent.SpanContext().SpanID() || attrs["db.system.name"] != "cachegopher" {
			t.Errorf("span %d: kind %v, parent %v, attributes %v", i, s.SpanKind(), s.Parent().SpanID(), attrs)
		}
		if s.Name() != "GetMany" && (attrs["cachegopher.node"] != "n1" || attrs["server.address"] != "127.0.0.1" || attrs["server.port"] == "") {
			t.Errorf("span %d does not say where: %v", i, attrs)
		}
		if failed := s.Status().Code == codes.Error; failed != (s.Name() == "Incr") {
			t.Errorf("span %d has status %v", i, s.Status())
		}
		if text := fmt.Sprint(s.Name(), s.Attributes(), s.Status(), s.Events()); strings.Contains(text, "secret") {
			t.Errorf("a key or value is in %s", text)
		}
	}
	checkDurations(t, reader, uint64(len(want)))
}

// checkDurations looks for want durations in the metrics, and for no key or value.
func checkDurations(t *testing.T, reader *sdkmetric.ManualReader, want uint64) {
	t.Helper()
	var data metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &data); err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprint(data); strings.Contains(text, "secret") {
		t.Errorf("a key or value is in %s", text)
	}
	total := uint64(0)
	for _, m := range data.ScopeMetrics[0].Metrics {
		if h, ok := m.Data.(metricdata.Histogram[float64]); ok && m.Name == "db.client.operation.duration" {
			for _, p := range h.DataPoints {
				total += p.Count
			}
		}
	}
	if total != want {
		t.Errorf("%d durations, want %d", total, want)
	}
}
