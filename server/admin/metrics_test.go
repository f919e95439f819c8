package admin

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/cachegopher/cachegopher/internal/curve"
	"github.com/cachegopher/cachegopher/internal/metric"
	"github.com/cachegopher/cachegopher/server"
	"github.com/cachegopher/cachegopher/server/session"
)

var update = flag.Bool("update", false, "write the table of metrics in docs/operations.md anew")

// TestDeclarations checks that each metric is shown somewhere, that no two are the same, and that the first of a name has
// the help.
func TestDeclarations(t *testing.T) {
	seen := map[string]bool{}
	helped := map[string]bool{}
	checkDeclared(t, session.Traffic, seen, helped)
	checkDeclared(t, server.Metrics, seen, helped)
	checkDeclared(t, session.Contents, seen, helped)
	checkDeclared(t, session.Evicting, seen, helped)
	checkDeclared(t, session.Predictions, seen, helped)
	checkDeclared(t, session.PrefixMetrics, seen, helped)
	checkDeclared(t, own, seen, helped)
}

func checkDeclared[R any](t *testing.T, list []metric.Metric[R], seen, helped map[string]bool) {
	t.Helper()
	once := func(name string) {
		if seen[name] {
			t.Errorf("%s is declared twice", name)
		}
		seen[name] = true
	}
	for i, m := range list {
		if m.Name == "" && m.Info == "" && m.Stats == "" {
			t.Errorf("metric %d has no name", i)
		}
		if (m.Section == "") != (m.Info == "") {
			t.Errorf("metric %d has the section %q and the name %q in INFO", i, m.Section, m.Info)
		}
		if m.Info != "" {
			once("INFO " + m.Info)
		}
		if m.Stats != "" {
			once("STATS " + m.Stats)
		}
		if m.Name == "" {
			continue
		}
		once(m.Name + " " + m.Series)
		if first := !helped[m.Name]; first != (m.Help != "") {
			t.Errorf("%s: the first metric of a name has the help, and only the first; this one has %q", m.Name, m.Help)
		}
		helped[m.Name] = true
		if (m.Kind == metric.Counter) != strings.HasSuffix(m.Name, "_total") {
			t.Errorf("%s is a %s", m.Name, m.Kind)
		}
		r := metric.Reading{Name: m.Name, Value: m.Value(new(R))}
		r.Number() // panics if it is not a number
	}
}

// TestDocumented compares the table in docs/operations.md with the declarations.
func TestDocumented(t *testing.T) {
	const document, begin, end = "../../docs/operations.md", "<!-- metrics, by go test ./server/admin -update -->\n", "<!-- end of the metrics -->"
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table of metrics", document)
	}
	var b strings.Builder
	b.WriteString("| /metrics | kind | INFO | STATS | |\n|---|---|---|---|---|\n")
	rows(&b, session.Traffic)
	rows(&b, server.Metrics)
	rows(&b, session.Contents)
	rows(&b, session.Evicting)
	rows(&b, session.Predictions)
	rows(&b, session.PrefixMetrics, session.PrefixLabel)
	rows(&b, own)
	b.WriteString("| `cachegopher_info{id,role,version}` | gauge | | | The node; always 1. |\n" +
		"| `cachegopher_commands_total{command,result}` | counter | `cmdstat_COMMAND` | | Requests by command and by how they ended: ok, failed or rejected. |\n" +
		"| `cachegopher_command_duration_seconds{command}` | histogram | | | Time to execute one request of a command; a sample. |\n")
	want := before + begin + b.String() + end + after
	switch {
	case want == string(text):
	case !*update:
		t.Errorf("the table of metrics in %s is out of date; run go test ./server/admin -update", document)
	default:
		if err := os.WriteFile(document, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// rows writes a row for each of list; of are the labels that all of them have beside their own.
func rows[R any](b *strings.Builder, list []metric.Metric[R], of ...string) {
	code := func(s string) string {
		if s == "" {
			return " "
		}
		return " `" + s + "` "
	}
	for _, m := range list {
		if m.Name == "" {
			continue
		}
		name := metric.Prefix + m.Name
		labels := slices.Clone(of)
		if m.Label != "" {
			labels = append(labels, fmt.Sprintf("%s=%q", m.Label, m.Series))
		}
		if len(labels) > 0 {
			name += "{" + strings.Join(labels, ",") + "}"
		}
		fmt.Fprintf(b, "|%s| %s |%s|%s| %s |\n", code(name), m.Kind, code(m.Info), code(m.Stats), m.Help)
	}
}

// collected is a prometheus.Collector of readings.
type collected []metric.Reading

func (collected) Describe(chan<- *prometheus.Desc)      {}
func (c collected) Collect(to chan<- prometheus.Metric) { Collect(to, c) }

// TestCollectLabels gathers the metrics of two prefixes, some of which have a label of their own beside it.
func TestCollectLabels(t *testing.T) {
	var all collected
	for _, name := range []string{"a:", "b\":"} {
		of := metric.Label{Name: session.PrefixLabel, Value: name}
		all = append(all, metric.ReadOf(of, session.PrefixMetrics, &curve.Prefix{Prefix: name, SampledReads: 7})...)
	}
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(all)
	w := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, want := range []string{`predicted_hit_ratio{prefix="a:",times="0.5"} NaN`, `predicted_hit_ratio{prefix="b\":",times="4"} NaN`, `predicted_from_reads{prefix="b\":"} 7`} {
		if !strings.Contains(w.Body.String(), "\ncachegopher_prefix_"+want+"\n") {
			t.Errorf("%s is missing in\n%s", want, w.Body)
		}
	}
	if problems, err := promlint.New(w.Body).Lint(); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}
