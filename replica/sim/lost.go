package sim

import "strconv"

func itoa(n uint64) string { return strconv.FormatUint(n, 10) }

// lostTo returns the number of h's records that a later history lacks.
func (h *history) lostTo(now *history) (n int64) {
	kept := h.start
	for x := now; x != nil; x = x.parent {
		if x == h {
			return 0
		}
		if x.parent == h {
			kept = x.start
			break
		}
	}
	if kept >= h.start+uint64(len(h.log)) {
		return 0
	}
	for b := h.log[kept-h.start:]; len(b) > 0; n++ {
		_, _, _, size := decode(b)
		b = b[size:]
	}
	return n
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
	case n.reign == nil && counted != 0:
		w.fail("%s counts %d writes as lost, and did not lead", n, counted)
		return
	case n.reign == nil || now == nil || now == n.reign:
		return
	case counted == 0 && !sure:
		n.told = now
		return
	}
	want := n.reign.lostTo(now)
	if overrun := len(n.reign.log) > stagedMost; counted != want && !overrun {
		w.fail("%s counts %d writes as lost, %d are", n, counted, want)
	}
	if counted > 0 {
		w.note("%s counts %d writes as lost", n, counted)
	}
	n.reign, n.lost = nil, n.member.Lost()
}
