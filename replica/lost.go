package replica

import (
	"slices"

	"go.uber.org/zap"
)

// reign is the part of a history that this node logged as the primary, in a term that is over.
type reign struct {
	id         [20]byte
	start, end uint64
	epoch      uint64 // in which the node led, at last
	killed     bool   // its process has ended: the ledger has the number of its records. Otherwise the log still has the records
	// What begins at kept or later has been counted as lost, if counted is set. A later primary may lack more: the one that
	// continued the reign may have died before its successor had everything.
	kept    uint64
	counted bool
	by      uint64 // the epoch of the primary by whose lineage that was counted
}

// recall reads from the ledger the term that an earlier process of this node has left there.
func (m *Member) recall() {
	m.lostKnown.Store(m.opts.Ledger != nil)
	if m.opts.Ledger == nil {
		return
	}
	r, err := m.opts.Ledger.past()
	if err != nil {
		m.lostKnown.Store(false)
		m.log.Warn("replication: cannot tell how many writes this node lost when its last process ended: its ledger cannot be used",
			zap.Error(err))
		return
	}
	if m.reign = r; r != nil {
		m.lostKnown.Store(false)
		m.log.Info("replication: the last process of this node ended as the primary; " +
			"the writes that it lost are counted once the group's history is known")
	}
}

// begins accounts for a history that this node begins as the primary, with the lineage line. known is false if the
// lineage does not say what the store holds.
func (m *Member) begins(id [20]byte, start uint64, line lineage, known bool) {
	m.reignMu.Lock()
	defer m.reignMu.Unlock()
	if r := m.reign; r != nil && known {
		m.count(line)
	} else if r != nil && !r.counted {
		m.log.Warn("replication: " + cannotCount + "this node has taken its data from a member of another history")
	}
	m.reign = nil
	if l := m.opts.Ledger; l != nil {
		l.begin(id, start, m.leads.Load().epoch)
		m.opts.Log.countIn(l)
	}
}

// raise notes that this primary leads on in a later epoch. REQUIRES mu.
func (m *Member) raise(epoch uint64) {
	m.reignMu.Lock()
	defer m.reignMu.Unlock()
	if l := m.opts.Ledger; l != nil && m.reign == nil { // else the ledger has the term of an earlier process
		l.raise(epoch)
	}
}

// led returns the latest epoch in which an earlier process of this node is known to have led.
func (m *Member) led() uint64 {
	m.reignMu.Lock()
	defer m.reignMu.Unlock()
	if r := m.reign; r != nil && r.killed {
		return r.epoch
	}
	return 0
}

// keepReign remembers the history of a retiring primary until its successor's lineage shows how much of it the group has.
// REQUIRES mu.
func (m *Member) keepReign(start uint64) {
	m.reignMu.Lock()
	defer m.reignMu.Unlock()
	m.reign = &reign{id: m.held.pos.ID, start: start, end: m.held.pos.Offset, kept: m.held.pos.Offset, epoch: m.leads.Load().epoch}
	m.opts.Log.countIn(nil)
}

// forgetReign drops the reign of this process: nothing will be counted as lost. REQUIRES mu.
func (m *Member) forgetReign() {
	m.reignMu.Lock()
	defer m.reignMu.Unlock()
	if m.reign == nil || !m.reign.killed {
		m.dropReign()
	}
}

// dropReign REQUIRES reignMu, and that nothing is logged.
func (m *Member) dropReign() {
	m.reign = nil
	if l := m.opts.Ledger; l != nil {
		m.opts.Log.countIn(nil)
		l.clear()
	}
}

// Lost returns the number of records that this node logged as a primary and its successor did not have. A record is a
// change of one key, or a flush.
func (m *Member) Lost() int64 { return m.lost.Load() }

// LostKnown reports whether Lost includes what this node lost when a process of it was killed.
func (m *Member) LostKnown() bool { return m.lostKnown.Load() }

// Settled records that the secondaries have every write of this primary, whose process is about to end: the next one will
// count none as lost. Nothing may be written afterwards.
func (m *Member) Settled() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if p, _ := m.Part(); p != nil && p.isServing() {
		m.opts.Log.Merge()
		m.forgetReign()
	}
}

// countLost counts the records of this node's last reign that the history of a later primary lacks, and logs them as
// lost. A primary of an earlier epoch, to which a new process may listen for a while, says nothing of what the group has.
// While the ledger has the reign's records, that is repeated with each later primary.
func (m *Member) countLost(now leads) {
	m.reignMu.Lock()
	defer m.reignMu.Unlock()
	r := m.reign
	if r == nil || now.epoch < max(r.epoch, r.by) {
		return
	}
	known := m.count(now.line)
	if r.by = now.epoch; !r.counted {
		r.counted = true
		if !r.killed {
			m.opts.Log.release()
		}
		m.dropReign() // the next process has nothing to count; the ledger's memory stays
	}
	if m.reign = r; !known || !m.ledgerHas(r) {
		m.reign = nil
	}
}

// ledgerHas reports whether the ledger has the records of r. REQUIRES reignMu.
func (m *Member) ledgerHas(r *reign) bool {
	return m.opts.Ledger != nil && m.opts.Ledger.id() == r.id
}

const cannotCount = "cannot tell how many of the writes that this node acknowledged as the primary are lost: "

// count counts the records that a history with this lineage lacks and that were not counted before. known is false if the
// lineage does not tell. REQUIRES reignMu, and a reign.
func (m *Member) count(line lineage) (known bool) {
	r := m.reign
	kept := r.start // a history that does not continue the reign has none of its records
	if i := slices.IndexFunc(line, func(a ancestor) bool { return a.id == r.id }); i >= 0 {
		kept = line[i].end
	} else if line.hides(r.epoch) {
		if !r.counted {
			m.log.Warn("replication: " + cannotCount + "the primary has changed too often since, or in epoch 0")
		}
		return false
	}
	switch {
	case r.killed && !r.counted:
		n, exact := m.opts.Ledger.after(kept)
		m.lostKnown.Store(true)
		m.addLost(n, exact, "its process ended before other members had them")
	case kept >= r.kept:
		return true
	case m.ledgerHas(r):
		n, exact := m.opts.Ledger.between(kept, r.kept)
		m.addLost(n, exact, "its successor did not have them")
	default:
		n, exact := m.opts.Log.count(kept, r.kept)
		m.addLost(n, exact, "its successor did not have them")
	}
	r.kept = kept
	return true
}

func (m *Member) addLost(n int64, exact bool, why string) {
	if n == 0 {
		return
	}
	m.lost.Add(n)
	m.log.Error("replication: writes that this node acknowledged as the primary are lost: "+why,
		zap.Int64("records", n), zap.Bool("exact", exact))
}
