package sim

import "time"

// tryTwoDeaths has two primaries die in turn while one member is cut off. The second takes over writes of the first which its
// successor, the member that was cut off, lacks. The first, whose process has started again or was only cut off, counts them
// in the end.
func (w *world) tryTwoDeaths() {
	if len(w.nodes) < 3 {
		w.tryForced()
		return
	}
	first, second, last := w.nodes[0], w.nodes[1], w.nodes[2]
	if w.rnd.IntN(2) == 0 {
		second, last = last, second
	}
	for i := range w.nodes {
		w.cut(i, last.index, true)
	}
	w.until(w.now + w.upTo(5*time.Second))
	w.writeAll(1)
	w.until(w.now + w.upTo(time.Second))
	w.cut(0, second.index, true)
	w.during(w.upTo(200 * time.Millisecond))
	killed := w.rnd.IntN(2) == 0
	if killed {
		first.crash()
	}
	w.force(second)
	w.during(w.upTo(2 * time.Second))
	w.cut(0, second.index, false)
	w.revive(first, nil)
	w.until(w.now + 10*time.Second)
	if _, primary := first.member.Leadership(); w.err == nil && primary != second.id {
		w.fail("%s follows %s: this trial tests nothing", first, primary)
	}
	w.during(w.upTo(time.Second))
	before := first.member.Lost()
	second.crash()
	w.force(last)
	clear(w.blocked)
	w.until(w.now + 5*time.Second)
	if !last.member.Leads() { // it knew less than the others, and has led in an epoch before theirs
		w.force(last)
	}
	w.until(w.now + 15*time.Second)
	if _, primary := first.member.Leadership(); w.err == nil && (primary != last.id || first.member.Lost() == before) {
		w.fail("%s follows %s, and counts none of the writes that it lacks", first, primary)
	}
	w.revive(second, nil)
}

// cut makes two nodes unreachable for each other, or reachable again.
func (w *world) cut(a, b int, is bool) {
	w.blocked[[2]int{a, b}], w.blocked[[2]int{b, a}] = is, is
}
