package node

import (
	"github.com/cachegopher/cachegopher/internal/coordination"
	"github.com/cachegopher/cachegopher/internal/metric"
)

// coordinationMetrics declares the metrics of a node whose role etcd decides.
var coordinationMetrics = []metric.Metric[coordination.Status]{
	{Name: "coordination_no_primary", Help: "1: the node's group has no primary in etcd.", Kind: metric.Gauge,
		Section: "replication", Info: "coordination_no_primary", Stats: "coordination_no_primary", Value: func(st *coordination.Status) any { return oneIf(st.NoPrimary) }},
	{Name: "coordination_changes_total", Help: "Changes of the group's primary that this node has taken part in.", Kind: metric.Counter,
		Section: "replication", Info: "coordination_changes", Stats: "coordination_changes", Value: func(st *coordination.Status) any { return st.Changes }},
	{Name: "coordination_etcd_away", Help: "1: etcd does not answer this node.", Kind: metric.Gauge,
		Section: "replication", Info: "coordination_etcd_away", Stats: "coordination_etcd_away", Value: func(st *coordination.Status) any { return oneIf(st.Away || !st.Reached) }},
	{Name: "coordination_failsafe", Help: "1: this primary takes writes without etcd.", Kind: metric.Gauge,
		Section: "replication", Info: "coordination_failsafe", Stats: "coordination_failsafe", Value: func(st *coordination.Status) any { return oneIf(st.Failsafe) }},
	{Name: "coordination_members", Help: "Members of the node's group that are registered with etcd.", Kind: metric.Gauge,
		Section: "replication", Info: "coordination_members", Stats: "coordination_members", Value: func(st *coordination.Status) any { return st.Members }},
}

// metrics reads them; a node without etcd has none.
func (c *coordinated) metrics() []metric.Reading {
	by := c.by.Load()
	if by == nil {
		return nil
	}
	st := by.Status()
	return metric.Read(coordinationMetrics, &st)
}
