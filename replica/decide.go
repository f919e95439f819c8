package replica

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"go.uber.org/zap"
)

// decide ends the asking once nobody is waited for any more. It never ends it while the only data there may be is
// with a member that answers and does not say what it holds: to serve would be to make that member empty, too.
// REQUIRES mu.
func (p *Primary) decide(now time.Duration) {
	if p.phase != phaseAsking {
		return
	}
	if gaps := p.opts.Gaps(); gaps != p.gaps { // answers may lie unread: everybody gets one more round
		p.gaps, p.askUntil = gaps, max(p.askUntil, now+p.opts.Ask)
	}
	best := p.best()
	until := time.Duration(0)
	for _, l := range p.Links() {
		until = max(until, p.waitFor(l, best))
	}
	if now < until {
		if now >= p.askUntil {
			p.hold(best, until)
		}
		return
	}
	p.holding = ""
	if best != nil {
		p.startFetch(now, best, best.candidate.holds)
		return
	}
	if entries, _ := p.opts.Store.Size(); entries > 0 {
		p.log.Warn("recovery: no secondary is left to take data from; serving what has arrived", zap.Int64("entries", entries))
	} else if !p.reached() {
		p.log.Warn("no secondary could be reached: starting EMPTY; secondaries that turn up later are made equal to this node",
			zap.Strings("secondaries", p.opts.Secondaries))
	}
	p.serve(Position{})
}

// hold says, once for each set of members, who keeps this primary from serving, and what to do about it.
// REQUIRES mu.
func (p *Primary) hold(best *Link, until time.Duration) {
	var who, why []string
	for _, l := range p.Links() {
		if p.waitFor(l, best) == until {
			who, why = append(who, l.id), append(why, l.id+": "+l.candidate.said())
		}
	}
	p.holding = strings.Join(why, "; ")
	if ids := strings.Join(who, " "); ids != p.saidHold {
		p.saidHold = ids
		const remedy = "make it answer, or stop it; REPLICA SERVE gives its data up"
		if until == far {
			p.log.Error("recovery: not serving, since a member that answers may have the group's data and does not say so",
				zap.Strings("members", who), zap.Strings("answers", why), zap.String("remedy", remedy))
			return
		}
		p.log.Warn("recovery: asking longer, since a member that cannot be asked now may have the latest data",
			zap.Strings("members", who), zap.Strings("answers", why), zap.Duration("at_most", p.opts.RecoverTimeout), zap.String("remedy", remedy))
	}
}

// said is what m answers, in words.
func (m *candidate) said() string {
	switch {
	case m.answer == answerThere, m.answer == answerUnasked:
		return m.why
	case m.holds.Entries > 0:
		return fmt.Sprintf("silent; it had %d entries", m.holds.Entries)
	}
	return "silent"
}

// reached reports whether any member said what it holds. REQUIRES mu.
func (p *Primary) reached() bool {
	for _, l := range p.Links() {
		if l.candidate.answer == answerPosition {
			return true
		}
	}
	return false
}

// nextAsk is when decide is to be called again at the latest; 0: when a member says something. REQUIRES mu.
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

// GiveUp has a primary that waits for members of its group go on without those that have not said what they hold: it
// takes the best data that it was told of, or serves what it has, if need be nothing. What the others hold is lost
// when they turn up. The error says that this primary does not wait.
func (p *Primary) GiveUp(now time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch p.phase {
	case phaseServing:
		return errors.New("this node serves already")
	case phaseFetching:
		return fmt.Errorf("this node is taking the data of %s: %s", p.donor.id, p.fetching.progress(now))
	}
	p.log.Warn("recovery: told to go on without the members that have not said what they hold", zap.String("answers", p.holding))
	p.gaveUp = true
	p.decide(now)
	p.wakeAll()
	return nil
}
