package sim

import (
	"slices"

	"github.com/cachegopher/cachegopher/replica"
)

// lineageMost is the number of ancestors that a primary tells its secondaries at most, as in package replica's lineage.go.
const lineageMost = 16

// openLedger returns the node's ledger for a new process. Like a mapped file it survives a crash.
func (n *node) openLedger() *replica.Ledger {
	if n.ledger == nil {
		n.ledger = make([]uint64, replica.LedgerBytes/8)
	}
	return replica.NewLedger(n.ledger, n.id, 0)
}

// endTerm is called when the node's process is killed. The next process must count what the group lacks of the node's last
// term, unless that is settled already.
func (n *node) endTerm() {
	left := n.ledger
	if n.history != nil || n.reign != nil {
		left = slices.Clone(n.ledger) // reading the log merges it, which a killed process has not done
	}
	if n.history != nil {
		n.history.epoch, _ = n.member.Leadership()
		n.history.read(n.w, true) // secondaries may have received all of it
		n.reign = n.history
	}
	if r := n.reign; r != nil && r != n.history && len(left) > 0 && left[0] == 0 && n.told != nil && r.lostTo(n.told) == 0 {
		n.reign = nil // it has counted already, that nothing is lost
	}
	n.killed = n.reign != nil
	n.ledger = n.w.mutation.ledger(left)
}

// checkLedger fails unless the node's new process has found a term in the ledger exactly if its last one has left one.
func (n *node) checkLedger() {
	n.lost = 0
	if known := n.member.LostKnown(); known != n.killed {
		return
	}
	if !n.killed || !n.w.mayHide(n.reign) {
		n.w.fail("%s: the process before was killed as a primary: %v; its ledger says otherwise", n, n.killed)
	}
	n.reign, n.killed = nil, false
}

// checkKilled compares what the node counts of its killed process's writes with what now, the history of its primary, lacks.
// sure says that it must have counted by now.
func (n *node) checkKilled(now *history, sure bool) {
	w := n.w
	if !n.killed || now == nil || w.err != nil || !n.alive {
		return
	}
	if !n.member.LostKnown() {
		told := now.epoch >= max(n.reign.epoch, 1) && (now.continues(n.reign) || !w.mayHide(n.reign))
		if sure && told && len(w.histories) <= lineageMost {
			w.fail("%s does not count the writes that its last process lost", n)
		}
		return
	}
	if now.epoch < n.reign.epoch {
		w.fail("%s counts by the word of a primary of epoch %d, and led in epoch %d", n, now.epoch, n.reign.epoch)
	}
	n.counted(now)
}

// checkBegun does the same when the node begins the history h as the primary.
func (n *node) checkBegun(h *history) {
	w := n.w
	defer func() {
		if n.past != nil {
			n.past, n.lost = nil, n.member.Lost()
		}
	}()
	if !n.killed {
		n.checkPast(h, true)
		if n.cannotTell(h) {
			n.reign = nil
		}
		n.checkLost(h, true)
		return
	}
	if n.member.LostKnown() {
		n.counted(h)
		return
	}
	if h.parent == n.reign || h.parent != nil && !w.mayHide(n.reign) {
		w.fail("%s begins a history and does not count the writes that its last process lost", n)
	}
	n.reign, n.killed = nil, false
}

// counted checks the count of a killed process's writes.
func (n *node) counted(now *history) {
	want := n.reign.lostTo(now)
	if got := n.member.Lost(); got != want {
		n.w.fail("%s counts %d writes as lost with its last process, %d are", n, got, want)
	}
	if want > 0 {
		n.w.note("%s counts %d writes as lost with its last process", n, want)
	}
	n.killed = false
	n.settled(now)
}

// mayHide reports whether a node may not learn what the group has of this history: primaries in epoch 0 tell no ancestors,
// and others the latest only.
func (w *world) mayHide(h *history) bool { return h.epoch == 0 || len(w.histories) > lineageMost }

// continues reports whether h goes on from an earlier history, at any remove.
func (h *history) continues(earlier *history) bool {
	for x := h.parent; x != nil; x = x.parent {
		if x == earlier {
			return true
		}
	}
	return false
}

// Words of a ledger, as in package replica's ledger.go.
const (
	ledgerEpochAt  = 14
	ledgerStagesAt = 64
	ledgerStages   = 64 * 8
)

// ledger breaks rules of what a killed process has left.
func (m Mutation) ledger(words []uint64) []uint64 {
	switch {
	case words == nil:
	case m == LedgerMerged:
		merged := words[11+2*(words[9]&1)]
		clear(words[ledgerStagesAt : ledgerStagesAt+ledgerStages])
		words[ledgerStagesAt] = merged
	case m == LedgerAnyEpoch:
		words[ledgerEpochAt] = min(words[ledgerEpochAt], 1)
	}
	return words
}
