package agent

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/result"
)

// mostUnknown is by how much the moment at which an agent begins may be wrong before a round is marked.
const mostUnknown = 10 * time.Millisecond

// shares notes each agent's part in a merged round, which side it found short, and what makes its figures doubtful.
func (s *Loader) shares(r *result.Round, parts []*load.Part, errs []error, offsets []offset) {
	n := len(parts)
	for i, m := range s.members {
		plan := divide(s.plan, i, n)
		a := result.Agent{Address: m.address, Host: m.welcome.Host, Cores: m.welcome.Cores, Conns: plan.Conns, Rate: plan.Rate,
			ClockOffset: int64(offsets[i].wall), ClockUnknown: int64(offsets[i].unknown)}
		if errs[i] != nil {
			a.Lost = errs[i].Error()
		}
		if u := offsets[i].unknown; u > mostUnknown {
			r.Disturbed = append(r.Disturbed, fmt.Sprintf("agent %s began within %s of the others, not %s: its round trips take too long", m.address, u, mostUnknown))
		}
		if p := parts[i]; p != nil {
			x := p.Round
			a.Requests, a.Errors, a.Seconds, a.Flow, a.Latency, a.Generator = x.Requests, x.ErrorCount(), x.Seconds, x.Flow, x.Latency, x.Generator
			a.Short, a.Verdict, a.BeganLate = x.Short, x.Verdict, p.Late
			for _, d := range x.Disturbed {
				r.Disturbed = append(r.Disturbed, "agent "+m.address+": "+d)
			}
			if p.Late > int64(mostUnknown) {
				r.Disturbed = append(r.Disturbed, fmt.Sprintf("agent %s began %s after the others", m.address, time.Duration(p.Late)))
			}
		}
		r.Agents = append(r.Agents, a)
	}
	judge(r)
}

// judge says which side was short: the generator if any agent was, else what the agents agree on.
func judge(r *result.Round) {
	found := map[result.Side][]string{}
	for i := range r.Agents {
		if a := &r.Agents[i]; a.Short != "" {
			found[a.Short] = append(found[a.Short], "agent "+a.Address+": "+a.Verdict)
		}
	}
	for _, side := range []result.Side{result.ShortGenerator, result.ShortBoth, result.ShortMachine, result.ShortConnections, result.ShortServer, result.ShortUnknown} {
		if len(found[side]) > 0 {
			r.Short, r.Verdict = side, strings.Join(found[side], "; ")
			return
		}
	}
	if r.Flow.Missed {
		r.Short, r.Verdict = result.ShortUnknown, fmt.Sprintf("%s/s of %s/s were answered; no agent alone missed its part", result.FormatCount(r.Throughput()), result.FormatCount(r.Flow.Asked))
	}
}

// tell keeps a note of an agent.
func (s *Loader) tell(note string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note = note
}

// progress makes one progress of those of several agents.
type progress struct {
	mu    sync.Mutex
	tell  func(load.Progress)
	ahead [][]load.Progress // of each agent, the slices of which not all have told
}

func newProgress(n int, tell func(load.Progress)) *progress {
	return &progress{tell: tell, ahead: make([][]load.Progress, n)}
}

// of returns what is told of agent i. Rates, errors and cores are summed; of the percentiles the worst agent's are shown, as the
// sum of all requests comes only with the result.
func (p *progress) of(i int) func(load.Progress) {
	if p.tell == nil {
		return nil
	}
	return func(x load.Progress) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if !x.Measuring {
			if i == 0 {
				p.tell(x)
			}
			return
		}
		p.ahead[i] = append(p.ahead[i], x)
		if slices.ContainsFunc(p.ahead, func(all []load.Progress) bool { return len(all) == 0 }) {
			return
		}
		sum := load.Progress{Measuring: true, Elapsed: x.Elapsed}
		for j, all := range p.ahead {
			y := all[0]
			p.ahead[j] = all[1:]
			sum.Rate += y.Rate
			sum.Errors += y.Errors
			sum.Busy += y.Busy
			sum.P50, sum.P99 = max(sum.P50, y.P50), max(sum.P99, y.P99)
		}
		p.tell(sum)
	}
}
