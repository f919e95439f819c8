package live

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/runner"
)

// kept keeps rows; after some it fails.
type kept struct {
	rows   []Row
	most   int
	closed bool
}

func (k *kept) Row(r Row) error {
	if len(k.rows) == k.most {
		return errors.New("it is full")
	}
	k.rows = append(k.rows, r)
	return nil
}

func (k *kept) Close() error { k.closed = true; return nil }

func event(job *runner.Job, target string, round int, elapsed time.Duration, rate float64, errs int64) runner.Event {
	return runner.Event{Job: job, Target: target, Round: round, Phase: "measure", ServerBusy: 0.5, SelfBusy: 0.25,
		Progress: load.Progress{Measuring: true, Elapsed: elapsed, Rate: rate, P50: time.Millisecond, P99: 2 * time.Millisecond, Errors: errs}}
}

func TestFeed(t *testing.T) {
	job := &runner.Job{Name: "r", Plan: load.Plan{Duration: 2 * time.Second}}
	all, few := &kept{most: 99}, &kept{most: 1}
	f := NewFeed(few, all)
	f.Watch(runner.Event{Job: job, Target: "a", Round: 1, Phase: "warm-up"})
	f.Watch(event(job, "a", 1, time.Second, 100, 3))
	f.Watch(event(job, "a", 1, 2*time.Second, 200, 5))
	f.Watch(event(job, "a", 1, 3*time.Second, 1, 5)) // after the end
	f.Watch(event(job, "b", 1, time.Second, 50, 0))
	f.Watch(event(job, "a", 2, time.Second, 300, 1))
	type seen struct {
		target  string
		round   int
		seconds float64
		rate    float64
		errors  int64
	}
	want := []seen{{"a", 1, 1, 100, 3}, {"a", 1, 1, 200, 2}, {"b", 1, 1, 50, 0}, {"a", 2, 1, 300, 1}}
	if len(all.rows) != len(want) {
		t.Fatalf("%d rows, want %d: %+v", len(all.rows), len(want), all.rows)
	}
	for i, r := range all.rows {
		if got := (seen{r.Target, r.Round, r.Seconds, r.Rate, r.Errors}); got != want[i] {
			t.Errorf("row %d: %+v, want %+v", i, got, want[i])
		}
	}
	if err := f.Close(); err == nil || !strings.Contains(err.Error(), "it is full") || !all.closed || !few.closed {
		t.Errorf("%v; closed: %t, %t", err, all.closed, few.closed)
	}
}

var sample = Row{Time: time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC), Run: "r", Target: `redis://h?x="1",2`, Round: 2, Seconds: 1, Rate: 1234.5,
	P50: 1500 * time.Microsecond, P99: 3 * time.Millisecond, Errors: 7, Server: 0.5, Generator: 0.25}

type buffer struct{ bytes.Buffer }

func (*buffer) Close() error { return nil }

func TestText(t *testing.T) {
	var b buffer
	table, err := NewTable(&b)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(table.Row(sample), table.Close()); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatalf("%v, %q", err, rows)
	}
	want := []string{"2026-01-02T03:04:05.006Z", "r", sample.Target, "2", "1.000", "1234.500", "1500.000", "3000.000", "7", "0.500", "0.250"}
	for i, name := range rows[0] {
		if rows[1][i] != want[i] {
			t.Errorf("%s: %s, want %s", name, rows[1][i], want[i])
		}
	}
	var line strings.Builder
	if err := (Lines{&line}).Row(sample); err != nil || !strings.Contains(line.String(), "1.23 k/s  p50 1.50 ms  p99 3.00 ms  errors 7  server  50%") || strings.Count(line.String(), "\n") != 1 {
		t.Errorf("%v, %q", err, line.String())
	}
}

func TestExporter(t *testing.T) {
	e, err := NewExporter("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	for range 2 {
		if err := e.Row(sample); err != nil {
			t.Fatal(err)
		}
	}
	reply, err := http.Get("http://" + e.Address() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	said, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`cachegopher_bench_requests_total{run="r",target="redis://h?x=\"1\",2"} 2469`, "cachegopher_bench_errors_total{", "} 14\n", "cachegopher_bench_latency_p99_seconds{", "} 0.003\n"} {
		if !bytes.Contains(said, []byte(want)) {
			t.Errorf("%q is not in\n%s", want, said)
		}
	}
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("SKIPPED: no promtool to check the metrics' form with; install Debian's package prometheus")
	}
	check := exec.Command(promtool, "check", "metrics")
	check.Stdin = bytes.NewReader(said)
	if out, err := check.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool: %v\n%s", err, out)
	}
}

// TestCollector: a collector gets a request of OTLP's form for each row; one that refuses is asked once.
func TestCollector(t *testing.T) {
	var mu sync.Mutex
	var bodies [][]byte
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		if bodies = append(bodies, b); err != nil || r.URL.Path != "/v1/metrics" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%v: %s %s", err, r.URL, r.Header)
		}
		w.WriteHeader(status)
	}))
	defer server.Close()
	send := func() error {
		c, err := NewCollector(server.URL + "/")
		if err != nil {
			t.Fatal(err)
		}
		return errors.Join(c.Row(sample), c.Row(sample), c.Close())
	}
	if err := send(); err != nil || len(bodies) != 2 {
		t.Fatalf("%v, %d requests", err, len(bodies))
	}
	var got struct {
		ResourceMetrics []struct {
			ScopeMetrics []struct {
				Metrics []struct {
					Name string
					Sum  *struct {
						AggregationTemporality int
						IsMonotonic            bool
						DataPoints             []point
					}
					Gauge *struct{ DataPoints []point }
				}
			}
		}
	}
	if err := json.Unmarshal(bodies[0], &got); err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, m := range got.ResourceMetrics[0].ScopeMetrics[0].Metrics {
		switch m.Name {
		case "cachegopher.bench.requests":
			found++
			if p := m.Sum.DataPoints[0]; !m.Sum.IsMonotonic || m.Sum.AggregationTemporality != 1 || p.Value != 1234.5 || p.Time != "1767323045006000000" || p.Start != "1767323044006000000" {
				t.Errorf("%s: %+v", m.Name, p)
			}
		case "cachegopher.bench.latency.p99":
			found++
			if p := m.Gauge.DataPoints[0]; p.Value != 0.003 || p.Attributes[1].Value["stringValue"] != sample.Target {
				t.Errorf("%s: %+v", m.Name, p)
			}
		}
	}
	if found != 2 {
		t.Errorf("metrics are missing: %s", bodies[0])
	}
	mu.Lock()
	status, bodies = http.StatusTeapot, nil
	mu.Unlock()
	if err := send(); err == nil || !strings.Contains(err.Error(), "418") || len(bodies) != 1 {
		t.Errorf("%v, %d requests", err, len(bodies))
	}
	if _, err := NewCollector("127.0.0.1:4318"); err == nil {
		t.Error("an address without a scheme is taken")
	}
}
