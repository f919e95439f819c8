package replica

import (
	"sync/atomic"
)

// enter notes that whole records were appended to the log's ring at its end. REQUIRES the log's lock.
func (l *Ledger) enter(end uint64, records []byte) {
	if len(records) == 0 {
		return
	}
	l.reach(end, uint64(len(records)))
	n, at := uint64(0), end
	for b := records; len(b) > 0; n++ {
		l.mark(at)
		size := recordLen(b)
		at += uint64(size)
		b = b[size:]
	}
	l.commit(at, n)
}

// enterOne is enter for one record of size bytes.
func (l *Ledger) enterOne(end uint64, size int) {
	l.reach(end, uint64(size))
	l.mark(end)
	l.commit(end+uint64(size), 1)
}

// A cell has a bit that is set if a record begins in its cellBytes bytes of the log. No record is shorter than that, so no
// cell has two. A cell serves again for the bytes that come ledgerCells*cellBytes later.
func (l *Ledger) cell(offset uint64) (word *uint64, bit uint64) {
	c := offset / cellBytes % ledgerCells
	return &l.words[ledgerCellsAt+c/64], 1 << (c % 64)
}

func (l *Ledger) mark(offset uint64) {
	word, bit := l.cell(offset)
	*word |= bit
}

// reach clears the cells of the next n bytes. The first may be that of a byte before, in which no record begins.
func (l *Ledger) reach(end, n uint64) {
	atomic.StoreUint64(&l.words[ledgerDirtyAt], end+n)
	first, last := end/cellBytes, (end+n-1)/cellBytes
	if last-first >= ledgerCells {
		first = last - ledgerCells + 1
	}
	for c := first; c <= last; {
		i := c % ledgerCells
		if c%64 == 0 && last-c >= 63 {
			l.words[ledgerCellsAt+i/64] = 0
			c += 64
			continue
		}
		l.words[ledgerCellsAt+i/64] &^= 1 << (i % 64)
		c++
	}
}

func (l *Ledger) commit(end, n uint64) {
	_, merged := l.merged()
	next := l.words[ledgerPairAt] ^ 1
	at := ledgerPairsAt + 2*(next&1)
	l.words[at], l.words[at+1] = end, merged+n
	atomic.StoreUint64(&l.words[ledgerPairAt], next)
}

// after returns how many records of the history begin at the offset from or later. exact is false if it is an estimate,
// since from is too far back.
func (l *Ledger) after(from uint64) (n int64, exact bool) {
	start, logged := l.words[ledgerStartAt], l.logged()
	end, merged := l.merged()
	switch staged := logged - merged; {
	case from <= start:
		return int64(logged), true
	case from >= end:
		return int64(staged), true
	case l.words[ledgerDirtyAt]-from <= (ledgerCells-1)*cellBytes:
		return int64(staged) + l.marked(from, end), true
	default:
		return int64(staged) + int64(float64(merged)*float64(end-from)/float64(end-start)), false
	}
}

// between returns how many records of the history begin at the offset from or later, and before the offset to.
func (l *Ledger) between(from, to uint64) (n int64, exact bool) {
	all, exact := l.after(from)
	rest, also := l.after(to)
	return all - rest, exact && also
}

// marked counts the records between two offsets at which records begin. The last is no shorter than a cell: the cell of
// end may have one that was being merged when the process was killed.
func (l *Ledger) marked(from, end uint64) (n int64) {
	for c := from / cellBytes; c <= end/cellBytes-1; c++ {
		if word, bit := l.cell(c * cellBytes); *word&bit != 0 {
			n++
		}
	}
	return n
}
