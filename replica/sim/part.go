package sim

import (
	"strings"
	"time"
)

// tryPart kills the primary while a full sync has brought one secondary a part of the data that the other has confirmed.
// The other one then is silent, or answers without saying what it holds.
func (w *world) tryPart() map[string]entry {
	w.members(2)
	w.params.keys, w.params.batch = 400, 1000
	w.begin()
	n1, n2 := w.nodes[1], w.nodes[2]
	n2.crash()
	w.writeAll(1)
	w.params.window, w.params.slow = 1000, 50*time.Millisecond
	n2.start(nil)
	for end := w.now + 20*time.Second; w.err == nil && !n2.hasPart(); w.until(w.now + time.Millisecond) {
		if w.now > end {
			w.fail("no full sync is seen under way: this trial tests nothing")
		}
	}
	if w.err != nil {
		return nil
	}
	if w.rnd.IntN(3) == 0 {
		n1.refuse(3500*time.Millisecond + w.upTo(40*time.Second))
	} else {
		w.silence(n1)
	}
	want := w.crashLead()
	w.params.slow = 0
	w.lead().start(nil)
	w.until(w.now + time.Minute)
	return want
}

// hasPart reports whether a full sync has brought the node some of the data, but not all.
func (n *node) hasPart() bool {
	pos := n.second.Position()
	return n.second.Status(n.now()).Syncing && !pos.Complete && pos.Entries > 0
}

// position returns a node's answer to REPLICA STREAM. With PartIsWhole a part counts as complete.
func (m Mutation) position(answer string) string {
	f := strings.Fields(answer)
	if m != PartIsWhole || len(f) != 7 || f[6] == "0" {
		return answer
	}
	f[5] = "1"
	return strings.Join(f, " ") + "\r\n"
}
