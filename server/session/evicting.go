package session

import (
	"github.com/cachegopher/cachegopher/internal/metric"
	"github.com/cachegopher/cachegopher/lru/policy"
)

// evicting are the metrics of the policy by which the store evicts now. With AUTO as eviction_policy it is AUTO's choice.
func evicting() (all []metric.Metric[Counts]) {
	for _, p := range policy.Fixed() {
		m := metric.Metric[Counts]{Name: "evicts_by", Kind: metric.Gauge, Label: "policy", Series: p.String(), Value: func(c *Counts) any {
			if c.using.Policy == p {
				return 1
			}
			return 0
		}}
		if all == nil {
			m.Help = "1 for the policy by which the node evicts now, 0 for the others; AUTO changes it."
		}
		all = append(all, m)
	}
	return append(all,
		metric.Metric[Counts]{Section: "memory", Info: "evicts_by", Stats: "evicts_by", Value: func(c *Counts) any { return c.using.Policy.String() }},
		metric.Metric[Counts]{Section: "memory", Info: "evicts_by_window", Value: func(c *Counts) any { return c.using.Window }},
		metric.Metric[Counts]{Name: "policy_changes_total", Kind: metric.Counter, Help: "How often AUTO has changed the policy by which the node evicts.",
			Section: "memory", Info: "policy_changes", Stats: "policy_changes", Value: func(c *Counts) any { return c.using.Changes }})
}
