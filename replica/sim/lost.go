package sim

import "strconv"

func itoa(n uint64) string { return strconv.FormatUint(n, 10) }

// keptIn returns the offset up to which a later history has h's records.
func (h *history) keptIn(now *history) uint64 {
	for x := now; x != nil; x = x.parent {
		if x == h {
			return h.end()
		}
		if x.parent == h {
			return min(x.start, h.end())
		}
	}
	return h.start
}

func (h *history) end() uint64 { return h.start + uint64(len(h.log)) }

// records returns the number of h's records between two offsets.
func (h *history) records(from, to uint64) (n int64) {
	for b := h.log[from-h.start : max(from, to)-h.start]; len(b) > 0; n++ {
		_, _, _, size := decode(b)
		b = b[size:]
	}
	return n
}

// lostTo returns the number of h's records that a later history lacks.
func (h *history) lostTo(now *history) int64 { return h.records(h.keptIn(now), h.end()) }

// settled notes that the node has counted what the history now lacks of its reign. Later primaries may lack more.
func (n *node) settled(now *history) {
	n.past, n.kept = n.reign, n.reign.keptIn(now)
	n.reign, n.lost = nil, n.member.Lost()
}

// checkPast compares what the node has counted since it settled its reign with what now, the history of its primary, lacks
// beyond that. sure says that it must have counted by now.
func (n *node) checkPast(now *history, sure bool) {
	w := n.w
	if w.err != nil || !n.alive || n.past == nil || n.reign != nil || now == nil {
		return
	}
	if w.mayHide(n.past) && (n.past.epoch > 0 || !now.continues(n.past)) {
		n.past, n.lost = nil, n.member.Lost() // it may not be able to tell
		return
	}
	kept := min(n.kept, n.past.keptIn(now))
	want, counted := n.past.records(kept, n.kept), n.member.Lost()-n.lost
	if counted != want && (counted != 0 || sure) {
		w.fail("%s counts %d more writes as lost with its primary's, %d are", n, counted, want)
	}
	if counted > 0 {
		w.note("%s counts %d more writes as lost with its primary's", n, counted)
		n.kept, n.lost = kept, n.member.Lost()
	}
}

// cannotTell reports whether the node has counted nothing, and need not: the lineage of now may lack its reign.
func (n *node) cannotTell(now *history) bool {
	return n.reign != nil && n.w.mayHide(n.reign) && !now.continues(n.reign) && n.member.Lost() == n.lost
}

// checkLost compares what a node that led before counts as lost with what its new primary's history, now, lacks. sure
// says that it must have counted by now.
func (n *node) checkLost(now *history, sure bool) {
	w := n.w
	if !w.promotes() || w.err != nil || !n.alive || n.killed {
		return
	}
	counted := n.member.Lost() - n.lost
	switch {
	case n.reign == nil && counted != 0 && n.past == nil:
		w.fail("%s counts %d writes as lost, and did not lead", n, counted)
		return
	case n.reign == nil || now == nil || now == n.reign:
		return
	case counted == 0 && !sure:
		n.told = now
		return
	}
	want := n.reign.lostTo(now)
	if want > 0 && n.cannotTell(now) {
		n.reign = nil
		return
	}
	if overrun := len(n.reign.log) > stagedMost; counted != want && !overrun {
		w.fail("%s counts %d writes as lost, %d are", n, counted, want)
	}
	if counted > 0 {
		w.note("%s counts %d writes as lost", n, counted)
	}
	n.settled(now)
}
