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
		m.log.Warn("replication: cannot tell how many writes this node lost when its last process ended: its ledger cannot be used", zap.Error(err))
		return
	}
	if m.reign = r; r != nil {
		m.lostKnown.Store(false)
		m.log.Info("replication: the last process of this node ended as the primary; the writes that it lost are counted once the group's history is known")
	}
}

// begins accounts for a history that this node begins as the primary, with the lineage line. known is false if the
// lineage does not say what the store holds.
func (m *Member) begins(id [20]byte, start uint64, line lineage, known bool) {
	m.reignMu.Lock()
	defer m.reignMu.Unlock()
	if r := m.reign; r != nil && known {
		m.count(line)
	} else if r != nil {
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

// keepReign remembers the history of a retiring primary until its successor's lineage shows how much of it the group has.
// REQUIRES mu.
func (m *Member) keepReign(start uint64) {
	m.reignMu.Lock()
	defer m.reignMu.Unlock()
	m.reign = &reign{id: m.held.pos.ID, start: start, end: m.held.pos.Offset, epoch: m.leads.Load().epoch}
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

// countLost counts the records of this node's last reign that the history of a later primary lacks, and logs them as lost.
// A primary of an earlier epoch, to which a new process may listen for a while, says nothing of what the group has.
func (m *Member) countLost(now leads) {
	m.reignMu.Lock()
	defer m.reignMu.Unlock()
	if m.reign == nil || now.epoch < m.reign.epoch {
		return
	}
	m.count(now.line)
	if !m.reign.killed {
		m.opts.Log.release()
	}
	m.dropReign()
}

const cannotCount = "cannot tell how many of the writes that this node acknowledged as the primary are lost: "

// count REQUIRES reignMu, and a reign.
func (m *Member) count(line lineage) {
	r := m.reign
	kept := r.start // a history that does not continue the reign has none of its records
	if i := slices.IndexFunc(line, func(a ancestor) bool { return a.id == r.id }); i >= 0 {
		kept = line[i].end
	} else if line.hides(r.epoch) {
		m.log.Warn("replication: " + cannotCount + "the primary has changed too often since, or in epoch 0")
		return
	}
	if r.killed {
		n, exact := m.opts.Ledger.after(kept)
		m.lostKnown.Store(true)
		m.addLost(n, exact, "its process ended before other members had them")
	} else if kept < r.end {
		n, exact := m.opts.Log.count(kept, r.end)
		m.addLost(n, exact, "its successor did not have them")
	}
}

func (m *Member) addLost(n int64, exact bool, why string) {
	if n == 0 {
		return
	}
	m.lost.Add(n)
	m.log.Error("replication: writes that this node acknowledged as the primary are lost: "+why,
		zap.Int64("records", n), zap.Bool("exact", exact))
}

// count returns the number of records between two offsets, at which records begin. If the log no longer has all of them, n
// is an estimate and exact is false.
func (l *Log) count(from, end uint64) (n int64, exact bool) {
	first, _ := l.Bounds()
	at := from
	if exact = first <= from; !exact {
		at = l.boundary(first)
	}
	var b []byte
	for at < end {
		var err error
		if b, err = l.Read(b[:0], at, int(min(end-at, maxPayload))); err != nil {
			return n, false
		}
		used := wholeRecords(b, len(b))
		if used == 0 {
			return n, false
		}
		n += int64(countRecords(b[:used]))
		at += uint64(used)
	}
	if known := end - min(end, l.boundary(first)); !exact && known > 0 {
		n += n * int64(l.boundary(first)-from) / int64(known)
	}
	return n, exact
}
