package node

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cachegopher/cachegopher/internal/metric"
	"github.com/cachegopher/cachegopher/replica"
)

// Metrics reads the metrics for INFO replication, STATS and /metrics. docs/replication.md lists them.
func (r *replication) Metrics() []metric.Reading {
	return slices.Concat(r.partMetrics(), r.leadership(), r.changes(), r.moving())
}

// partMetrics reads the metrics of the part that the node has in its group now.
func (r *replication) partMetrics() []metric.Reading {
	p, s := r.member.Part()
	if s != nil {
		st := r.secondaryStatus(s)
		return append(metric.Read(secondaryMetrics, &st), r.link(r.id, st.InStep, st.Lag.Seconds())...)
	}
	st := primaryStatus{PrimaryStatus: p.Status(r.now()), handingOver: r.member.HandingOver()}
	slaves := r.slaves(st.Links)
	all := append([]metric.Reading{{Section: "replication", Info: "connected_slaves", Value: len(slaves)}}, slaves...)
	all = append(all, metric.Read(primaryMetrics, &st)...)
	for i := range st.Links {
		l := &st.Links[i]
		all = append(all, metric.Reading{Stats: "replication_" + l.ID, Value: fmt.Sprintf("%s offset %d lag_bytes %d lag_ms %d",
			strings.ReplaceAll(l.State, " ", "-"), l.Acked, l.LagBytes, l.LagTime.Milliseconds())})
		all = append(all, r.link(l.ID, l.State == "online", l.LagTime.Seconds())...)
		all = append(all, metric.Reading{Name: "replication_lag_bytes", Help: "Bytes of the log that the secondary has not confirmed.", Kind: metric.Gauge,
			Labels: secondaryLabel(l.ID), Value: l.LagBytes})
	}
	return all
}

// slaves are the lines of INFO about the secondaries that are connected, as Redis clients know them.
func (r *replication) slaves(links []replica.LinkStatus) (all []metric.Reading) {
	for _, l := range links {
		if !connected(l) {
			continue
		}
		host, port := r.hostPort(l.ID)
		all = append(all, metric.Reading{Section: "replication", Info: "slave" + strconv.Itoa(len(all)), Value: fmt.Sprintf(
			"ip=%s,port=%s,state=%s,offset=%d,lag=%d,id=%s,lag_bytes=%d,lag_ms=%d", host, port, redisState(l.State), l.Acked,
			int(l.Heard.Seconds()), l.ID, l.LagBytes, l.LagTime.Milliseconds())})
	}
	return all
}

// link are the metrics of the link to a secondary that a primary and the secondary itself have.
func (r *replication) link(id string, up bool, lag float64) []metric.Reading {
	of := secondaryLabel(id)
	return []metric.Reading{
		{Name: "replication_link_up", Help: "1: the secondary follows the log. A primary shows it of each of its secondaries, a secondary of itself.", Kind: metric.Gauge,
			Labels: of, Value: oneIf(up)},
		{Name: "replication_lag_seconds", Help: "Age of the oldest write that the secondary has not confirmed.", Kind: metric.Gauge,
			Labels: of, Value: lag},
	}
}

func (r *replication) secondaryStatus(s *replica.Secondary) secondaryStatus {
	st := secondaryStatus{SecondaryStatus: s.Status(r.now()), absentDeletes: int64(r.store.AbsentDeletes())}
	st.host, st.port = r.hostPort(st.Primary)
	return st
}

func percent(n, of int64) string {
	return fmt.Sprintf("%.2f", 100*min(float64(n)/float64(max(of, 1)), 1))
}

func oneIf(b bool) int {
	if b {
		return 1
	}
	return 0
}

// orElse returns yes or no.
func orElse(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

func secondaryLabel(id string) []metric.Label { return []metric.Label{{Name: "secondary", Value: id}} }
