package result

import (
	"fmt"
	"slices"
)

// Agent is the share of a round that one of several processes did.
type Agent struct {
	Address string  `json:"address"`
	Host    string  `json:"host,omitempty"`
	Cores   int     `json:"cores,omitempty"`
	Conns   int     `json:"connections"`
	Rate    float64 `json:"rate,omitempty"` // of an open loop
	Lost    string  `json:"lost,omitempty"` // why its share is missing or not whole

	Requests  int64   `json:"requests"`
	Errors    int64   `json:"errors,omitempty"`
	Seconds   float64 `json:"seconds"`
	Flow      Flow    `json:"flow,omitzero"`
	Latency   Summary `json:"latency,omitzero"`
	Generator Self    `json:"generator,omitzero"`
	Short     Side    `json:"short,omitempty"`
	Verdict   string  `json:"verdict,omitempty"`

	ClockOffset  int64 `json:"clock_offset"`         // ns by which its wall clock was ahead of the driver's
	ClockUnknown int64 `json:"clock_unknown"`        // ns by which its time may be wrong: half the shortest round trip
	BeganLate    int64 `json:"began_late,omitempty"` // ns after the moment that was agreed on
}

// agents are lines on each agent's share of a target's rounds.
func (t *Target) agents() (lines []string) {
	for i := range t.mostAgents() {
		var share, busy, p99, offset, unknown, late []float64
		name, lost := "", ""
		for _, r := range t.Rounds {
			if i >= len(r.Agents) {
				continue
			}
			a := &r.Agents[i]
			name = a.Address
			if a.Lost != "" {
				lost = a.Lost
			}
			share = append(share, float64(a.Requests)/float64(max(1, r.Requests)))
			busy, p99 = append(busy, a.Generator.Busy), append(p99, float64(a.Latency.P99))
			offset, unknown, late = append(offset, float64(a.ClockOffset)), append(unknown, float64(a.ClockUnknown)), append(late, float64(a.BeganLate))
		}
		s := fmt.Sprintf("%s, agent %s: %.1f%% of the requests, p99 %s, busiest thread %.0f%%, clock %+.3f ms, known to %s", t.URL, name, 100*Median(share), FormatTime(Median(p99)), 100*Median(busy), Median(offset)/1e6, FormatTime(slices.Max(unknown)))
		if most := slices.Max(late); most > 0 {
			s += ", began up to " + FormatTime(most) + " late"
		}
		if lost != "" {
			s += "; LOST: " + lost
		}
		lines = append(lines, s)
	}
	return lines
}

func (t *Target) mostAgents() (n int) {
	for _, r := range t.Rounds {
		n = max(n, len(r.Agents))
	}
	return n
}
