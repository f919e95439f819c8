package load

import (
	"fmt"
	"strings"

	"github.com/cachegopher/cachegopher/bench/result"
)

// Limits of verdicts, as shares of the measured time or of the requests.
const (
	full      = 0.92 // a thread that ran, or waited for a core, for longer had no time left
	lateShare = 0.01 // of the requests that may be over lateAfter late
	waitShare = 0.05 // time in the run queue that makes figures doubtful
	stolen    = 0.02 // time that other virtual machines may take
	others    = 0.25 // of all cores that other processes may use
)

// judgeSides says which side was short, and what disturbed the round.
func (s *Session) judgeSides(r *result.Round) {
	if r.Seconds < 0.05 {
		return // too short for clocks that count hundredths of a second
	}
	if s.shared() {
		if r.Flow.Missed {
			r.Short, r.Verdict = result.ShortUnknown, s.missed(r)+"; the library's calls took too long"
		}
	} else if r.Short = s.short(r); r.Short != "" {
		r.Verdict = s.figures(r)
	}
	r.Disturbed = disturbed(r, s.shared())
}

// shared reports whether the generator and its target share this process.
func (s *Session) shared() bool { return s.target.InProcess || s.target.Wire == nil }

func (s *Session) short(r *result.Round) result.Side {
	g := &r.Generator
	late := float64(g.Missed) > lateShare*float64(r.Flow.Due)
	generator := g.Busy+g.Waited > full
	server := s.target.PID != 0 && max(r.ServerThread, r.ServerBusy/cores(s.target.Cores))+r.ServerWaited > full
	switch {
	case s.plan.Rate == 0 && generator && !server, s.plan.Rate > 0 && late && !r.Flow.Missed:
		return result.ShortGenerator
	case !r.Flow.Missed:
		return ""
	case generator && server:
		return result.ShortBoth
	case server:
		return result.ShortServer
	case generator, late && g.Blocked < 0.5: // else it could not have sent them in time
		return result.ShortGenerator
	case g.Waited+r.ServerWaited > 2*waitShare:
		return result.ShortMachine
	case s.target.PID == 0:
		return result.ShortUnknown
	}
	return result.ShortConnections
}

// cores is how many cores a server may use; 1 if that is unknown, since one full core is then what can be said.
func cores(list []int) float64 { return float64(max(1, len(list))) }

func (s *Session) missed(r *result.Round) string {
	return fmt.Sprintf("%s/s of %s/s were answered", result.FormatCount(r.Throughput()), result.FormatCount(r.Flow.Asked))
}

// figures are those of both sides.
func (s *Session) figures(r *result.Round) string {
	g := &r.Generator
	var all []string
	if r.Flow.Missed {
		all = append(all, s.missed(r))
	}
	all = append(all, fmt.Sprintf("the generator's busiest thread ran for %s and waited for a core for %s of the time", percent(g.Busy), percent(g.Waited)))
	if g.Late != nil {
		all = append(all, fmt.Sprintf("it sent %s of the requests over 1 ms late although a connection was free", percent(float64(g.Missed)/float64(max(1, r.Flow.Due)))))
	}
	if s.target.PID != 0 {
		all = append(all, fmt.Sprintf("the server's busiest thread ran for %s and waited for a core for %s", percent(r.ServerThread), percent(r.ServerWaited)))
	} else {
		all = append(all, "the server's processor is not known (?pid= after its address names its process)")
	}
	if g.Blocked > 0 {
		all = append(all, fmt.Sprintf("requests were due while every connection had %d in flight for %s", s.plan.Depth, percent(g.Blocked)))
	}
	if g.Ready > 0 {
		all = append(all, fmt.Sprintf("%s of the connections had something to read when the generator looked", percent(g.Ready)))
	}
	return strings.Join(all, ", ")
}

func percent(share float64) string {
	if share > 0 && share < 0.1 {
		return fmt.Sprintf("%.1f%%", 100*share)
	}
	return fmt.Sprintf("%.0f%%", 100*share)
}

// disturbed says what else used the processors.
func disturbed(r *result.Round, shared bool) (all []string) {
	if w := r.Generator.Stood; w > 0 {
		all = append(all, fmt.Sprintf("the generator stood still for %.2g s: it was stopped, or the machine slept", w))
	}
	if w := r.Generator.Waited; w > waitShare {
		all = append(all, fmt.Sprintf("a thread of the generator was ready to run and had no core for %s of the time", percent(w)))
	}
	if w := r.ServerWaited; w > waitShare && !shared {
		all = append(all, fmt.Sprintf("the server's busiest thread was ready to run and had no core for %s of the time", percent(w)))
	}
	if r.Others > others {
		all = append(all, fmt.Sprintf("other processes used %s of the cores", percent(r.Others)))
	}
	if r.Steal > stolen {
		all = append(all, fmt.Sprintf("other virtual machines took %s of the cores", percent(r.Steal)))
	}
	return all
}
