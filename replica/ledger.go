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
	ledgerEpochAt  = 14 // in which the node leads; 0 in ledgers of earlier releases
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
	return &reign{id: l.id(), start: w[ledgerStartAt], end: end, kept: end, epoch: atomic.LoadUint64(&w[ledgerEpochAt]), killed: true}, nil
}

// begin starts to count a history, which begins in this epoch. The counts of the one before are gone.
func (l *Ledger) begin(id [20]byte, start, epoch uint64) {
	l.clear()
	w := l.words
	clear(w)
	w[ledgerOwnerAt], w[ledgerBootAt], w[ledgerStartAt] = l.owner, uint64(l.booted), start
	w[ledgerEpochAt] = epoch
	for i, b := range id {
		w[ledgerIDAt+i/8] |= uint64(b) << (i % 8 * 8)
	}
	w[ledgerDirtyAt], w[ledgerPairsAt] = start, start
	w[ledgerSumAt] = l.sum()
	atomic.StoreUint64(&w[ledgerMagicAt], ledgerMagic)
}

// raise notes that the term goes on in a later epoch.
func (l *Ledger) raise(epoch uint64) { atomic.StoreUint64(&l.words[ledgerEpochAt], epoch) }

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

// stage returns the number of all records that stage i has got. Whoever holds the stage's lock adds to it.
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
