package result

import (
	"fmt"
	"strings"
	"time"
)

// describe describes a replay in one line.
func (p *Replay) describe(l *Load) string {
	how := "as fast as the target answers"
	switch {
	case l.Rate > 0:
		how = "open loop at " + FormatCount(l.Rate) + "/s"
	case p.Speed > 0:
		how = fmt.Sprintf("at %gx its own speed", p.Speed)
	}
	s := fmt.Sprintf("%s (%s), %s requests for %s keys", p.File, p.Format, FormatCount(float64(p.Requests)), FormatCount(float64(p.Keys)))
	if p.Lasts > 0 {
		s += ", recorded over " + p.Lasts.Round(time.Second).String()
	}
	return fmt.Sprintf("%s; %d connections x %d, %s", s, l.Conns, l.Depth, how)
}

// changes says what of the trace was changed or left out in the last round, in which most of it was replayed.
func (t *Target) changes() string {
	var all []string
	for _, r := range t.Rounds[max(0, len(t.Rounds)-1):] {
		for _, c := range r.Changes {
			all = append(all, fmt.Sprintf("%d %s", c.Count, c.What))
		}
	}
	return strings.Join(all, "; ")
}
