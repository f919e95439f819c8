package live

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Collector sends rows to an OpenTelemetry collector: OTLP over HTTP, as JSON. A row that waits when the next one is
// ready is left out, so that a slow collector does not slow the run.
type Collector struct {
	url  string
	rows chan Row
	done chan error
}

// sendWithin bounds how long a collector may take for a row.
const sendWithin = 2 * time.Second

// NewCollector sends to a collector's base address, for example http://127.0.0.1:4318.
func NewCollector(base string) (*Collector, error) {
	if !strings.HasPrefix(base, "http://") && !strings.HasPrefix(base, "https://") {
		return nil, fmt.Errorf("%q does not begin with http:// or https://", base)
	}
	c := &Collector{url: strings.TrimSuffix(base, "/") + "/v1/metrics", rows: make(chan Row, 16), done: make(chan error, 1)}
	go c.run()
	return c, nil
}

// Row queues a row.
func (c *Collector) Row(r Row) error {
	select {
	case c.rows <- r:
	default:
	}
	return nil
}

// Close sends what is queued and returns the first error.
func (c *Collector) Close() error {
	close(c.rows)
	return <-c.done
}

func (c *Collector) run() {
	var first error
	for r := range c.rows {
		if first != nil {
			continue // it has failed once: the rest would only wait
		}
		if err := c.send(r); err != nil {
			first = fmt.Errorf("sending to the collector: %w", err)
		}
	}
	c.done <- first
}

func (c *Collector) send(r Row) error {
	body, err := json.Marshal(encode(r))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), sendWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	reply, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer reply.Body.Close() //nolint:errcheck // read to its end
	said, err := io.ReadAll(io.LimitReader(reply.Body, 1024))
	if err == nil && reply.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s: %s", c.url, reply.Status, said)
	}
	return err
}

// The parts of OTLP's JSON form that are used. 64-bit integers are strings there.
type (
	object    = map[string]any
	attribute struct {
		Key   string `json:"key"`
		Value object `json:"value"`
	}
	point struct {
		Attributes []attribute `json:"attributes"`
		Start      string      `json:"startTimeUnixNano"`
		Time       string      `json:"timeUnixNano"`
		Value      float64     `json:"asDouble"`
	}
)

func text(key, value string) attribute { return attribute{key, object{"stringValue": value}} }

// encode makes an ExportMetricsServiceRequest of a row. Counts are deltas of the slice.
func encode(r Row) object {
	nanos := func(t time.Time) string { return strconv.FormatInt(t.UnixNano(), 10) }
	points := func(v float64) []point {
		return []point{{[]attribute{text("run", r.Run), text("target", r.Target)}, nanos(r.Time.Add(-time.Duration(r.Seconds * float64(time.Second)))), nanos(r.Time), v}}
	}
	const delta = 1
	sum := func(name, unit string, v float64) object {
		return object{"name": "cachegopher.bench." + name, "unit": unit, "sum": object{"aggregationTemporality": delta, "isMonotonic": true, "dataPoints": points(v)}}
	}
	gauge := func(name, unit string, v float64) object {
		return object{"name": "cachegopher.bench." + name, "unit": unit, "gauge": object{"dataPoints": points(v)}}
	}
	metrics := []object{sum("requests", "{request}", r.Rate*r.Seconds), sum("errors", "{error}", float64(r.Errors)), gauge("rate", "{request}/s", r.Rate),
		gauge("latency.p50", "s", r.P50.Seconds()), gauge("latency.p99", "s", r.P99.Seconds()), gauge("generator.cores", "{core}", r.Generator)}
	if r.Server > 0 {
		metrics = append(metrics, gauge("server.cores", "{core}", r.Server))
	}
	return object{"resourceMetrics": []object{{
		"resource":     object{"attributes": []attribute{text("service.name", "cachegopher-bench")}},
		"scopeMetrics": []object{{"scope": object{"name": "cachegopher-bench"}, "metrics": metrics}},
	}}}
}
