package replica

import (
	"encoding/binary"
	"slices"
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

// untold is the lineage of data whose history's ancestors are not known: a primary in epoch 0 does not tell its secondaries
// the lineage, and a primary that has taken the data of a member of another history does not know it. A zero ancestor
// stands for those.
var untold = lineage{{}}

// hides reports whether the lineage may lack a history of an epoch although it continues that.
func (l lineage) hides(epoch uint64) bool {
	return len(l) == lineageMost || epoch == 0 && len(l) > 0 && l[0] == ancestor{}
}

// with returns the lineage of a history that continues from pos, a position in the history with lineage l.
func (l lineage) with(pos Position) lineage {
	if !pos.Complete {
		return nil
	}
	all := append(slices.Clone(l), ancestor{pos.ID, pos.Offset})
	return all[max(0, len(all)-lineageMost):]
}

// has reports whether the history went through pos, a state of an ancestor.
func (l lineage) has(pos Position) bool {
	return slices.ContainsFunc(l, func(a ancestor) bool { return a.id == pos.ID && pos.Offset <= a.end })
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

// ancestors returns the lineage of the primary's history; serves is false if it has not begun one.
func (p *Primary) ancestors() (serves bool, line lineage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.phase == phaseServing, p.line
}
