package replica

import (
	"slices"
	"time"
)

// answer is what a member of the group has said to a primary that starts.
type answer uint8

const (
	answerNone     answer = iota // nothing yet
	answerUnasked                // this node could not ask
	answerSilent                 // nothing comes from its host
	answerGone                   // nobody listens there
	answerThere                  // it is there, and has not said what it holds
	answerPosition               // it has
)

// candidate is what a primary that starts knows of a member of its group. Primary.mu guards it.
type candidate struct {
	answer answer
	why    string   // of answerThere: what it did instead; of answerUnasked: why not
	holds  Position // what it last said; none when its process has ended since
	peers  []string // who was in step with it, as far as it knows
}

// holdsData reports whether m said that it has something to take. A complete copy without entries counts when
// something was written in its history: then everything was deleted, which an older copy must not undo.
func (m *candidate) holdsData() bool {
	return m.holds.Entries > 0 || m.holds.Complete && m.holds.Offset > 0
}

// best is the member to take from, nil if none that can be asked has anything. REQUIRES mu.
func (p *Primary) best() (best *Link) {
	for _, l := range p.Links() {
		if l.candidate.answer == answerPosition && l.candidate.holdsData() &&
			(best == nil || p.dated(l).better(p.dated(best))) {
			best = l
		}
	}
	return best
}

// dated is what l holds, with the latest epoch of that history: not every member was told when it was raised.
// REQUIRES mu.
func (p *Primary) dated(l *Link) Position {
	pos := l.candidate.holds
	for _, other := range p.Links() {
		if other.candidate.holds.ID == pos.ID {
			pos.Epoch = max(pos.Epoch, other.candidate.holds.Epoch)
		}
	}
	return pos
}

// waitFor is until when l keeps this primary from taking the data of best (nil: from serving what there is); far: as
// long as it takes. REQUIRES mu.
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
		return far
	case m.answer == answerUnasked && !whole(best), p.mayBeNewer(l, best):
		return max(p.longUntil, p.askUntil)
	}
	return p.askUntil
}

// whole reports whether best is a complete copy. What a full sync left unfinished is not: somebody else may have all of
// it, and to serve a part would be to sweep the others down to that.
func whole(best *Link) bool { return best != nil && best.candidate.holds.Complete }

// mayBeNewer reports whether l may have something better than best: best is only a part of what the group had, or l is
// known to have something better, or to have been in step with best, and may have confirmed later writes. REQUIRES mu.
func (p *Primary) mayBeNewer(l, best *Link) bool {
	if best == nil {
		return l.candidate.holdsData()
	}
	if !whole(best) {
		return true
	}
	return slices.Contains(best.candidate.peers, l.id) || l.candidate.holdsData() && p.dated(l).better(p.dated(best))
}
