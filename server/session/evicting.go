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
	all = append(all,
		metric.Metric[Counts]{Section: "memory", Info: "evicts_by", Stats: "evicts_by", Value: func(c *Counts) any { return c.using.Policy.String() }},
		metric.Metric[Counts]{Name: "evicts_by_window", Kind: metric.Gauge,
			Help:    "LFU's window of new entries in percent of all, where the node evicts by LFU now; else 0. AUTO changes it.",
			Section: "memory", Info: "evicts_by_window", Stats: "evicts_by_window", Value: func(c *Counts) any { return c.using.Window }},
		metric.Metric[Counts]{Name: "policy_changes_total", Kind: metric.Counter, Help: "How often AUTO has changed the policy by which the node evicts.",
			Section: "memory", Info: "policy_changes", Stats: "policy_changes", Value: func(c *Counts) any { return c.using.Changes }},
		metric.Metric[Counts]{Section: "memory", Info: "evicts_by_comeback", Value: func(c *Counts) any { return c.comeback() }})
	for i, back := range policy.Comebacks() {
		m := metric.Metric[Counts]{Name: "evicts_by_comeback", Kind: metric.Gauge, Label: "comeback", Series: back.String(), Value: func(c *Counts) any {
			if c.comeback() == back.String() {
				return 1
			}
			return 0
		}}
		if i == 0 {
			m.Help = "1 for what LFU does with a key that left its window lately and is stored again, where the node evicts by LFU now; AUTO changes it."
		}
		all = append(all, m)
	}
	return all
}

// comeback is what becomes of keys that come back, none where the policy in use does not know them.
func (c *Counts) comeback() string {
	if c.using.Policy != policy.LFU {
		return "none"
	}
	return c.using.Back.String()
}
