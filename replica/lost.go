package replica

import (
	"encoding/binary"
	"slices"

	"go.uber.org/zap"
)

// lineage lists the histories that a history continues, the oldest first. Each was continued at an offset; records after
// that offset are not part of the later history.
type lineage []ancestor

type ancestor struct {
	id  [20]byte
	end uint64
}

const (
	ancestorSize = 28
	// lineageMost bounds the ancestors in a message: an old primary that missed more changes cannot tell which of its
	// writes were lost.
	lineageMost = 16
)

// with returns the lineage of a history that continues from pos, a position in the history with lineage l.
func (l lineage) with(pos Position) lineage {
	if !pos.Complete {
		return nil
	}
	all := append(slices.Clone(l), ancestor{pos.ID, pos.Offset})
	return all[max(0, len(all)-lineageMost):]
}

func (l lineage) append(dst []byte) []byte {
	for _, a := range l {
		dst = binary.LittleEndian.AppendUint64(append(dst, a.id[:]...), a.end)
	}
	return dst
}

func parseLineage(b []byte) (l lineage) {
	for ; len(b) >= ancestorSize; b = b[ancestorSize:] {
		a := ancestor{end: binary.LittleEndian.Uint64(b[20:])}
		copy(a.id[:], b)
		l = append(l, a)
	}
	return l
}

// reign is the part of a history that this node logged as the primary, in a term that is over. The log still has its records.
type reign struct {
	id         [20]byte
	start, end uint64
}

// ancestors returns the lineage of the primary's history; serves is false if it has not begun one.
func (p *Primary) ancestors() (serves bool, line lineage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.phase == phaseServing, p.line
}

// keepReign remembers the history of a retiring primary until its successor's lineage shows how much of it the group has.
// REQUIRES mu.
func (m *Member) keepReign(start uint64) {
	m.reignMu.Lock()
	defer m.reignMu.Unlock()
	m.reign = &reign{m.held.pos.ID, start, m.held.pos.Offset}
}

// forgetReign drops the reign: nothing will be counted as lost. REQUIRES mu.
func (m *Member) forgetReign() {
	m.reignMu.Lock()
	defer m.reignMu.Unlock()
	m.reign = nil
}

// countLost counts the records of this node's last reign that a history with this lineage lacks, and logs them as lost.
func (m *Member) countLost(line lineage) {
	m.reignMu.Lock()
	defer m.reignMu.Unlock()
	r := m.reign
	if r == nil {
		return
	}
	m.reign = nil
	defer m.opts.Log.release()
	kept := r.start // a history that does not continue the reign has none of its records
	if i := slices.IndexFunc(line, func(a ancestor) bool { return a.id == r.id }); i >= 0 {
		kept = line[i].end
	} else if len(line) == lineageMost {
		m.log.Warn("replication: too many changes of primary since this node led to say which of its writes are lost")
		return
	}
	if kept >= r.end {
		return
	}
	n, exact := m.opts.Log.count(kept, r.end)
	m.lost.Add(n)
	m.log.Error("replication: writes that this node acknowledged as the primary are lost: its successor did not have them",
		zap.Int64("records", n), zap.Bool("exact", exact), zap.Uint64("bytes", r.end-kept))
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
