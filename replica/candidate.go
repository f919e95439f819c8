package replica

import (
	"slices"
	"time"
)

// answer is how a member has reacted to the questions of a recovering primary.
type answer uint8

const (
	answerNone     answer = iota // nothing yet
	answerUnasked                // this node could not ask it
	answerSilent                 // nothing comes from its host
	answerGone                   // its host refuses the connection: no process listens
	answerThere                  // it is there, but has not said what it holds
	answerPosition               // it has said what it holds
)

// candidate is what a recovering primary knows about a member of its group. Primary.mu guards it.
type candidate struct {
	answer answer
	why    string   // with answerThere: what it did instead; with answerUnasked: why this node could not ask
	holds  Position // its last answer; zero once its process has ended
	peers  []string // the members that were in step with it, as far as it knows
}

// holdsData reports whether m has said that it holds data. A complete copy without entries counts if its history has
// writes: then everything was deleted, and an older copy must not undo that.
func (m *candidate) holdsData() bool {
	return m.holds.Entries > 0 || m.holds.Complete && m.holds.Offset > 0
}

// best returns the member to take data from, which may be this one: see own. nil: none of those that answered has data.
// REQUIRES mu.
func (p *Primary) best() (best *Link) {
	best = p.own
	for _, l := range p.Links() {
		if l.candidate.answer != answerPosition || !l.candidate.holdsData() || p.own != nil && p.own.candidate.holds.includes(l.candidate.holds) {
			continue
		}
		if best == nil || p.dated(l).better(p.dated(best)) {
			best = l
		}
	}
	return best
}

// dated returns the position of l with the latest known date of its history: when a date is raised not every member
// learns of it. REQUIRES mu.
func (p *Primary) dated(l *Link) Position {
	pos := l.candidate.holds
	if own := p.own; own != nil && own.candidate.holds.ID == pos.ID {
		pos.Date = max(pos.Date, own.candidate.holds.Date)
	}
	for _, other := range p.Links() {
		if other.candidate.holds.ID == pos.ID {
			pos.Date = max(pos.Date, other.candidate.holds.Date)
		}
	}
	return pos
}

// waitFor returns the time until which the primary waits for l before it takes the data of best or, if best is nil,
// serves what it has; never: without limit. REQUIRES mu.
func (p *Primary) waitFor(l, best *Link) time.Duration {
	m := &l.candidate
	switch {
	case m.answer == answerPosition, p.gaveUp:
		return 0
	case m.answer == answerGone && p.opts.Recover:
		return p.askUntil
	case m.answer == answerGone:
		return 0
	case !whole(best) && m.answer == answerThere:
		return never
	case m.answer == answerUnasked && !whole(best), p.mayBeNewer(l, best):
		return max(p.longUntil, p.askUntil)
	}
	return p.askUntil
}

// whole reports whether best is a complete copy. What an unfinished full sync left is not one: another member may have
// all of the data, and a primary that served this part would reduce the others to it.
func whole(best *Link) bool { return best != nil && best.candidate.holds.Complete }

// mayBeNewer reports whether l may have a better copy than best: because best is only a part, because l is known to have
// a better one, or because l was in step with best and may have confirmed later writes. REQUIRES mu.
func (p *Primary) mayBeNewer(l, best *Link) bool {
	if best == nil {
		return p.epoch.Load() > 0 || l.candidate.holdsData()
	}
	if !whole(best) {
		return true
	}
	return p.missesEpoch(best) || slices.Contains(best.candidate.peers, l.id) || l.candidate.holdsData() && p.dated(l).better(p.dated(best))
}
