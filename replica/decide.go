package replica

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"go.uber.org/zap"
)

// decide ends the asking phase once no member has to be waited for. It waits without limit while a member that answers
// without saying what it holds may have the only data: if this primary served, it would empty that member, too.
// REQUIRES mu.
func (p *Primary) decide(now time.Duration) {
	if p.phase != phaseAsking {
		return
	}
	if gaps := p.opts.Gaps(); gaps != p.gaps { // the process was stopped, and answers may be unread: ask once more
		p.gaps, p.askUntil = gaps, max(p.askUntil, now+p.opts.Ask)
	}
	best := p.best()
	until := time.Duration(0)
	for _, l := range p.Links() {
		until = max(until, p.waitFor(l, best))
	}
	if now < until {
		if now >= p.askUntil {
			p.logHold(best, until)
		}
		return
	}
	p.holding = ""
	if best != nil && best == p.own {
		p.log.Info("recovery: no member has later data than this node")
		p.serve(p.dated(best), p.opts.line)
		return
	}
	if best != nil {
		p.startFetch(now, best, best.candidate.holds)
		return
	}
	if entries, _ := p.opts.Store.Size(); entries > 0 {
		p.log.Warn("recovery: no secondary is left to take data from; serving the part that has arrived", zap.Int64("entries", entries))
	} else if !p.reached() {
		p.log.Warn("recovery: no secondary could be reached; starting EMPTY; the data of secondaries that turn up later is removed",
			zap.Strings("secondaries", p.opts.Secondaries))
	}
	p.serve(Position{}, nil)
}

// logHold logs, once for each set of members, which members keep this primary from serving, and the remedy. REQUIRES mu.
func (p *Primary) logHold(best *Link, until time.Duration) {
	var who, why []string
	for _, l := range p.Links() {
		if p.waitFor(l, best) == until {
			who, why = append(who, l.id), append(why, l.id+": "+l.candidate.describe())
		}
	}
	p.holding = strings.Join(why, "; ")
	if ids := strings.Join(who, " "); ids != p.loggedHold {
		p.loggedHold = ids
		const remedy = "make these members answer, or stop them; REPLICA SERVE gives up their data"
		if until == never {
			p.log.Error("recovery: not serving, since a member that answers does not say whether it has the group's data",
				zap.Strings("members", who), zap.Strings("answers", why), zap.String("remedy", remedy))
			return
		}
		p.log.Warn("recovery: asking longer, since a member that cannot be asked now may have the latest data",
			zap.Strings("members", who), zap.Strings("answers", why), zap.Duration("at_most", p.opts.RecoverTimeout), zap.String("remedy", remedy))
	}
}

// describe returns the answer of m in words.
func (m *candidate) describe() string {
	switch {
	case m.answer == answerThere, m.answer == answerUnasked:
		return m.why
	case m.holds.Entries > 0:
		return fmt.Sprintf("silent; it had %d entries", m.holds.Entries)
	}
	return "silent"
}

// reached reports whether any member has said what it holds. REQUIRES mu.
func (p *Primary) reached() bool {
	for _, l := range p.Links() {
		if l.candidate.answer == answerPosition {
			return true
		}
	}
	return false
}

// nextAsk returns the latest time for the next call of decide; 0: only when a member answers. REQUIRES mu.
func (p *Primary) nextAsk(now time.Duration) time.Duration {
	switch {
	case p.phase != phaseAsking:
		return 0
	case now < p.askUntil:
		return p.askUntil
	case now < p.longUntil:
		return p.longUntil
	}
	return 0
}

// GiveUp makes a recovering primary go on without the members that have not said what they hold: it takes the best data
// that was offered, or serves what it has, even nothing. The data of the other members is removed when they turn up. It
// fails if the primary waits for no member.
func (p *Primary) GiveUp(now time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch p.phase {
	case phaseServing:
		return errors.New("this node already serves")
	case phaseFetching:
		return fmt.Errorf("this node is taking the data of %s: %s", p.donor.id, p.fetching.progress(now))
	}
	p.log.Warn("recovery: an administrator gave up the members that have not said what they hold", zap.String("answers", p.holding))
	p.gaveUp = true
	p.decide(now)
	p.wakeAll()
	return nil
}
