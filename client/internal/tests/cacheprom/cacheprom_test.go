package cacheprom_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/client/observe/cacheprom"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/server/servertest"
)

var _ prometheus.Collector = (*cacheprom.Metrics)(nil)

func TestMetrics(t *testing.T) {
	n := servertest.Start(t, servertest.ID("n1"))
	m := cacheprom.New(cacheprom.Options{Labels: prometheus.Labels{"cache": "users"}})
	c, err := client.New(client.WithConfigFile(servertest.ConfigFile(t, []*servertest.Node{n})), client.WithConnsPerNode(1), client.WithHooks(m))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // always nil
	m.Watch(c)
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(m); err != nil {
		t.Fatal(err)
	}
	ctx := testkit.Within(t, testkit.Patience)
	if err := c.Set(ctx, "key", []byte("secret")); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"key", "key", "none"} {
		_, _ = c.Get(ctx, k)
	}
	want := `
# HELP cachegopher_client_bytes_total Bytes of keys and values sent, and of values received.
# TYPE cachegopher_client_bytes_total counter
cachegopher_client_bytes_total{cache="users",direction="in"} 12
cachegopher_client_bytes_total{cache="users",direction="out"} 19
# HELP cachegopher_client_node_connections Connections to the node.
# TYPE cachegopher_client_node_connections gauge
cachegopher_client_node_connections{cache="users",group="n1",node="n1"} 1
# HELP cachegopher_client_node_requests_total Requests sent.
# TYPE cachegopher_client_node_requests_total counter
cachegopher_client_node_requests_total{cache="users",group="n1",node="n1"} 4
# HELP cachegopher_client_node_up 1 while the node is connected and not set aside.
# TYPE cachegopher_client_node_up gauge
cachegopher_client_node_up{cache="users",group="n1",node="n1"} 1
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "cachegopher_client_bytes_total",
		"cachegopher_client_node_connections", "cachegopher_client_node_requests_total", "cachegopher_client_node_up"); err != nil {
		t.Error(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]uint64{}
	for _, f := range families {
		for _, x := range f.GetMetric() {
			if f.GetName() == "cachegopher_client_operation_duration_seconds" {
				labels := map[string]string{}
				for _, l := range x.GetLabel() {
					labels[l.GetName()] = l.GetValue()
				}
				counts[labels["operation"]+" "+labels["outcome"]] = x.GetHistogram().GetSampleCount()
			}
		}
		if text := fmt.Sprint(f); strings.Contains(text, "secret") || strings.Contains(text, "none\"") {
			t.Errorf("a key or value is in %s", text)
		}
	}
	if got := fmt.Sprint(counts); got != "map[Get not_found:1 Get ok:2 Set ok:1]" {
		t.Errorf("operations %s", got)
	}
	if problems, err := testutil.GatherAndLint(registry); err != nil || len(problems) > 0 {
		t.Errorf("promlint: %v, %v", problems, err)
	}
}
