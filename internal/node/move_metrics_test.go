package node

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	fields "github.com/cachegopher/cachegopher/internal/info"
	"github.com/cachegopher/cachegopher/internal/metric"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/ring"
	"github.com/cachegopher/cachegopher/server/admin"
)

// readings is a prometheus.Collector.
type readings func() []metric.Reading

func (readings) Describe(chan<- *prometheus.Desc)      {}
func (r readings) Collect(to chan<- prometheus.Metric) { admin.Collect(to, r()) }

// TestMoveMetrics reads the metrics about moves: all of them have a help, and INFO shows each move.
func TestMoveMetrics(t *testing.T) {
	two := &topology.Topology{Servers: []topology.Server{{ID: "n1", Group: "a"}, {ID: "n2", Group: "b"}}, Groups: []topology.Group{{Name: "a", Leader: "n1"}, {Name: "b", Leader: "n2"}}}
	r := &replication{id: "n1", topology: topology.NewLive(two)}
	if r.moving() != nil {
		t.Error("without etcd there are metrics about moves")
	}
	since := time.UnixMilli(1_700_000_000_123).UTC()
	giving := topology.Giving{Done: 2, Failed: 3, Removed: 4, Bytes: 5, HeldLast: 6 * time.Millisecond, HeldMax: 7 * time.Millisecond, Moves: []topology.MoveProgress{
		{ID: "9.0", From: "a", To: "b", Slots: 10, State: "handing over", Walked: 0.25, Bytes: 11, Rate: 12, Left: 13 * time.Second, Attempts: 14, LastError: "cut, again", Since: since},
		{ID: "9.1", From: "a", To: "b", State: "waiting"},
	}}
	r.rebalancer = &rebalancer{giving: func() topology.Giving { return giving }}
	shown := func() fields.Fields {
		var lines []string
		for _, m := range r.moving() {
			if m.Info != "" {
				lines = append(lines, m.Info+":"+m.Text())
			}
		}
		return fields.Parse(strings.Join(lines, "\r\n"))
	}
	got := shown()
	want := fields.Move{ID: "9.0", From: "a", To: "b", Slots: 10, State: "handing over", Walked: 0.25, Bytes: 11, Rate: 12, Left: 13 * time.Second, Attempts: 14, Error: "cut; again", Since: since}
	if all := got.Moves(); len(all) != 2 || !reflect.DeepEqual(all[0], want) || all[1].State != "waiting" {
		t.Errorf("INFO shows the moves %+v", all)
	}
	if half := *got.Number("slots_owned"); half < ring.Slots/3 || got["slots_version"] != "0" || got["moves_done"] != "2" || got["moves_held_max_us"] != "7000" {
		t.Errorf("INFO shows %v", got)
	}
	owners := make([]string, ring.Slots)
	for i := range owners {
		owners[i] = "b"
	}
	owners[0] = "a"
	stored := *two
	stored.Slots = topology.NewSlots(3, owners)
	r.topology.Set(&stored)
	if got := shown(); got["slots_owned"] != "1" || got["slots_version"] != "3" {
		t.Errorf("with a stored assignment INFO shows %v", got)
	}
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(readings(r.moving)); err != nil {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil || len(families) != 9 {
		t.Fatalf("%d families of metrics, %v", len(families), err)
	}
	for _, f := range families {
		if f.GetHelp() == "" {
			t.Errorf("%s has no help", f.GetName())
		}
	}
}
