package replica

import (
	"errors"
	"hash/fnv"
	"math/bits"
	"sync/atomic"
)

// Ledger counts the writes of a primary's term in memory that outlives the process, such as a mapped file, so that the
// node's next process can tell how many of them a successor lacks. It keeps the history, its start, the number of
// records that were logged, and where in the log records begin; no keys and no values.
//
// Each word is written whole, and in an order in which the ledger is right whenever the process is killed.
type Ledger struct {
	words  []uint64
	owner  uint64
	booted int64
}

const (
	// LedgerBytes is the length of the memory of a Ledger.
	LedgerBytes = 8 * (ledgerCellsAt + ledgerCells/64)

	ledgerMagic = 0x31676c7265686f67
	// ledgerCells is the number of cells: see cell. Records further back in the log than cellBytes each are not told apart.
	ledgerCells = 1 << 23
	cellBytes   = 8

	// Words of a ledger.
	ledgerMagicAt  = 0  // ledgerMagic; 0: there is no history
	ledgerSumAt    = 1  // of the words to ledgerStartAt
	ledgerOwnerAt  = 2  // who made it: see NewLedger
	ledgerBootAt   = 3  // when the machine had started
	ledgerIDAt     = 4  // three words: the history
	ledgerStartAt  = 7  // of the history
	ledgerDirtyAt  = 8  // no cell of a later offset has been written
	ledgerPairAt   = 9  // which of the pairs holds
	ledgerPairsAt  = 10 // two pairs: the end of the log's ring, and how many records were merged into it
	ledgerStagesAt = 64 // for each stage the records that it ever got, a cache line apart
	ledgerStage    = 8  // words of that
	ledgerCellsAt  = ledgerStagesAt + maxStages*ledgerStage
)

var (
	errLedgerDamaged = errors.New("it is damaged")
	errLedgerOwner   = errors.New("another node has written it, or this one in another group")
	errLedgerBoot    = errors.New("the machine has started again since, or its clock was set: what was written last may be missing")
)

// bootSlack is by how many seconds two readings of the time at which a machine started may differ.
const bootSlack = 5

// NewLedger returns the ledger in words, LedgerBytes long and all zero at first. owner names the node and its group;
// booted is when the machine started, in seconds since 1970. Pass it to one Member.
func NewLedger(words []uint64, owner string, booted int64) *Ledger {
	if len(words)*8 < LedgerBytes {
		panic("replica: a ledger takes LedgerBytes")
	}
	h := fnv.New64a()
	h.Write([]byte(owner)) //nolint:errcheck // it returns none
	return &Ledger{words: words, owner: h.Sum64(), booted: booted}
}

// past returns the term that an earlier process of this node has left; nil: none.
func (l *Ledger) past() (*reign, error) {
	w := l.words
	if w[ledgerMagicAt] == 0 {
		return nil, nil
	}
	if w[ledgerMagicAt] != ledgerMagic || w[ledgerSumAt] != l.sum() {
		return nil, errLedgerDamaged
	}
	if w[ledgerOwnerAt] != l.owner {
		return nil, errLedgerOwner
	}
	if apart := int64(w[ledgerBootAt]) - l.booted; apart < -bootSlack || apart > bootSlack {
		return nil, errLedgerBoot
	}
	end, merged := l.merged()
	if start := w[ledgerStartAt]; end < start || merged > l.logged() || merged > end-start || w[ledgerDirtyAt] < end {
		return nil, errLedgerDamaged
	}
	return &reign{id: l.id(), start: w[ledgerStartAt], end: end, killed: true}, nil
}

// begin starts to count a history. The counts of the one before are gone.
func (l *Ledger) begin(id [20]byte, start uint64) {
	l.clear()
	w := l.words
	clear(w)
	w[ledgerOwnerAt], w[ledgerBootAt], w[ledgerStartAt] = l.owner, uint64(l.booted), start
	for i, b := range id {
		w[ledgerIDAt+i/8] |= uint64(b) << (i % 8 * 8)
	}
	w[ledgerDirtyAt], w[ledgerPairsAt] = start, start
	w[ledgerSumAt] = l.sum()
	atomic.StoreUint64(&w[ledgerMagicAt], ledgerMagic)
}

// clear forgets the history.
func (l *Ledger) clear() { atomic.StoreUint64(&l.words[ledgerMagicAt], 0) }

func (l *Ledger) id() (id [20]byte) {
	for i := range id {
		id[i] = byte(l.words[ledgerIDAt+i/8] >> (i % 8 * 8))
	}
	return id
}

// sum is a checksum of the words that do not change while a history lasts.
func (l *Ledger) sum() uint64 {
	h := uint64(14695981039346656037)
	for _, w := range l.words[ledgerOwnerAt : ledgerStartAt+1] {
		h = bits.RotateLeft64((h^w)*1099511628211, 31)
	}
	return h
}

// stage returns the count of records that the stage i ever got. Whoever holds the stage's lock adds to it.
func (l *Ledger) stage(i int) *uint64 { return &l.words[ledgerStagesAt+i*ledgerStage] }

// logged returns the number of records of the history.
func (l *Ledger) logged() (n uint64) {
	for i := range maxStages {
		n += *l.stage(i)
	}
	return n
}

// merged returns the end of the log's ring, and the number of records of the history before it.
func (l *Ledger) merged() (end, records uint64) {
	at := ledgerPairsAt + 2*(l.words[ledgerPairAt]&1)
	return l.words[at], l.words[at+1]
}

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
