package node

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/server/admin"
)

// collector is a prometheus.Collector of the metrics of replication, as /metrics has them.
type collector struct{ r *replication }

func (c collector) Describe(chan<- *prometheus.Desc)    {}
func (c collector) Collect(to chan<- prometheus.Metric) { admin.Collect(to, c.r.Metrics()) }

// TestReplicationMetrics gathers the metrics of a primary and of a secondary that hear nothing of each other.
func TestReplicationMetrics(t *testing.T) {
	c, err := lru.New(lru.Options{MaxEntries: 1000, NoBackground: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // the test is over
	store := replica.NewCacheStore(c)
	log, err := replica.NewLog(replica.MinLog, 1)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	clock := replica.NewClock(func() time.Duration { return time.Since(began) })
	member := func(id string) *replica.Member {
		return replica.NewMember(replica.MemberOptions{ID: id, Store: store, Log: log, Now: clock.Now,
			Wall: func() int64 { return 1 }, Rand: rand.New(rand.NewPCG(1, 2))})
	}
	primary, secondary := member("p"), member("s1")
	if err := errors.Join(primary.Lead(0, "p", []string{"s1", "s2"}), secondary.Follow(0, "p", "p", []string{"p", "s1", "s2"})); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		r    *replication
		want map[string]int // series by name
	}{
		{&replication{clock: clock, store: store, member: primary}, map[string]int{"link_up": 2, "lag_seconds": 2, "lag_bytes": 2, "syncs_total": 2,
			"offset_bytes": 1, "batches_total": 1, "bytes_total": 1, "log_overruns_total": 1, "reconnects_total": 1, "refused_total": 1, "serving": 1,
			"epoch": 1, "takes_writes": 1, "lost_writes_total": 1, "lost_writes_known": 1, "primary_changes_total": 4, "etcd_away": 1, "etcd_away_total": 1, "failsafe": 1, "failsafe_total": 1, "no_primary_total": 1}},
		{&replication{clock: clock, store: store, member: secondary, id: "s1"}, map[string]int{"link_up": 1, "lag_seconds": 1,
			"syncs_total": 2, "offset_bytes": 1, "batches_total": 1, "bytes_total": 1, "reconnects_total": 1, "clock_skew_seconds": 1, "absent_deletes_total": 1, "refused_total": 1, "serving": 1,
			"epoch": 1, "takes_writes": 1, "lost_writes_total": 1, "lost_writes_known": 1, "primary_changes_total": 4, "etcd_away": 1, "etcd_away_total": 1, "failsafe": 1, "failsafe_total": 1, "no_primary_total": 1}},
	} {
		registry := prometheus.NewPedanticRegistry()
		test.r.topology = topology.NewLive(&topology.Topology{})
		if err := registry.Register(collector{test.r}); err != nil {
			t.Fatal(err)
		}
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range families {
			names = append(names, f.GetName())
			if short := f.GetName()[len("cachegopher_replication_"):]; test.want[short] != len(f.GetMetric()) {
				t.Errorf("%s has %d series, want %d", f.GetName(), len(f.GetMetric()), test.want[short])
			}
		}
		for name := range test.want {
			if !slices.Contains(names, "cachegopher_replication_"+name) {
				t.Errorf("%s is missing", name)
			}
		}
	}
}
