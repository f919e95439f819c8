package replica

import (
	"encoding/binary"
	"slices"

	"go.uber.org/zap"
)

// lineage is what histories a history goes on from, the oldest first: each was continued at an offset, and what it had
// after that is not in it.
type lineage []ancestor

type ancestor struct {
	id  [20]byte
	end uint64
}

const (
	ancestorSize = 28
	// lineageMost is how many ancestors are told: a primary that was away for more changes than that does not learn
	// what it has lost.
	lineageMost = 16
)

// with returns the lineage of a history that begins where l's was at pos.
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

// reign is what this node logged as a primary in a term that is over. Its records are in the log still.
type reign struct {
	id         [20]byte
	start, end uint64
}

// ancestors is the lineage of the primary's history, if it has begun one.
func (p *Primary) ancestors() (serves bool, line lineage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.phase == phaseServing, p.line
}

// keepReign keeps what the primary that retires has logged until its successor says what of it the group has. REQUIRES mu.
func (m *Member) keepReign(start uint64) {
	m.reignMu.Lock()
	defer m.reignMu.Unlock()
	m.reign = &reign{m.held.pos.ID, start, m.held.pos.Offset}
}

// forgetReign gives the log's memory back, unless the node leads and writes to it. REQUIRES mu.
func (m *Member) forgetReign() {
	m.reignMu.Lock()
	defer m.reignMu.Unlock()
	m.reign = nil
}

// countLost counts the records that this node acknowledged in its last reign and the history with this lineage has not.
func (m *Member) countLost(line lineage) {
	m.reignMu.Lock()
	defer m.reignMu.Unlock()
	r := m.reign
	if r == nil {
		return
	}
	m.reign = nil
	defer m.opts.Log.release()
	kept := r.start // a history that knows nothing of the reign has nothing of it
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

// count is how many records there are between two offsets, at which records begin. When the log does not have all of
// them any more it is an estimate.
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
