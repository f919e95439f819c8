package replica

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"testing"
)

func newTestLedger(owner string, words []uint64) *Ledger { return NewLedger(words, owner, 1000) }

// TestLedgerCounts logs records of all lengths in a small log, and compares what the ledger counts from each of many
// offsets with what was logged, merged or not, from one lap of the ring and of the cells to the next.
func TestLedgerCounts(t *testing.T) {
	words := make([]uint64, LedgerBytes/8)
	l, log := newTestLedger("a", words), newTestLog(t, MinLog)
	rnd := rand.New(rand.NewPCG(1, 2))
	const start = ledgerCells*cellBytes - 100_003 // cells begin anew soon
	log.StartAt(start)
	l.begin([20]byte{1}, start, 3)
	log.countIn(l)
	type point struct {
		offset uint64
		before int64
	}
	points := []point{{start, 0}}
	logged := int64(0)
	for range 20_000 {
		key := []byte(strconv.Itoa(int(logged)))
		switch h := rnd.Uint64(); rnd.IntN(50) {
		case 0:
			log.Flush()
		case 1:
			log.Set(h, key, make([]byte, stageSize+rnd.IntN(100)), 5)
		case 2:
			log.Delete(h, key[:1])
		default:
			log.Set(h, key, key, 0)
		}
		logged++
		if rnd.IntN(100) == 0 {
			points = append(points, point{log.Merge(), logged})
		}
	}
	next := newTestLedger("a", words) // of the next process
	r, err := next.past()
	if err != nil || r == nil || r.start != start || r.id != [20]byte{1} || r.epoch != 3 || !r.killed {
		t.Fatalf("the ledger has %+v, %v", r, err)
	}
	for _, p := range points {
		if n, exact := next.after(p.offset); n != logged-p.before || !exact {
			t.Fatalf("after offset %d: %d records, exact: %v; %d were logged", p.offset, n, exact, logged-p.before)
		}
	}
}

// TestLedgerFarBack asks for an offset whose cells have been used again.
func TestLedgerFarBack(t *testing.T) {
	words := make([]uint64, LedgerBytes/8)
	l := newTestLedger("a", words)
	l.begin([20]byte{1}, 0, 0)
	record := appendSet(nil, []byte("key"), make([]byte, 60_000), 0)
	end, n := uint64(0), 0
	for ; end < 2*ledgerCells*cellBytes; n++ {
		*l.stage(0)++
		l.enter(end, record)
		end += uint64(len(record))
	}
	if got, exact := l.after(0); got != int64(n) || !exact {
		t.Errorf("%d of %d, exact: %v", got, n, exact)
	}
	if got, exact := l.after(uint64(len(record))); exact || got < int64(n-2) || got > int64(n) {
		t.Errorf("%d of %d, exact: %v", got, n-1, exact)
	}
	if got, exact := l.after(end - 100*uint64(len(record))); got != 100 || !exact {
		t.Errorf("%d of 100, exact: %v", got, exact)
	}
}

// TestLedgerRefused opens ledgers that say nothing of this node.
func TestLedgerRefused(t *testing.T) {
	words := make([]uint64, LedgerBytes/8)
	newTestLedger("a", words).begin([20]byte{1}, 7, 3)
	for name, c := range map[string]struct {
		owner  string
		booted int64
		spoil  func(w []uint64)
		want   error
	}{
		"as it was":       {"a", 1003, func([]uint64) {}, nil},
		"another node":    {"b", 1000, func([]uint64) {}, errLedgerOwner},
		"another boot":    {"a", 1100, func([]uint64) {}, errLedgerBoot},
		"another format":  {"a", 1000, func(w []uint64) { w[ledgerMagicAt]++ }, errLedgerDamaged},
		"another history": {"a", 1000, func(w []uint64) { w[ledgerIDAt]++ }, errLedgerDamaged},
		"counts":          {"a", 1000, func(w []uint64) { w[ledgerPairsAt+1] = 9 }, errLedgerDamaged},
		"zeros at an end": {"a", 1000, func(w []uint64) { clear(w[ledgerDirtyAt:]) }, errLedgerDamaged},
		"empty":           {"b", 1100, func(w []uint64) { clear(w) }, nil},
	} {
		own := append([]uint64(nil), words...)
		c.spoil(own)
		if _, err := NewLedger(own, c.owner, c.booted).past(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// BenchmarkLedger logs with and without a ledger; a reader merges every 64 KB, as a sender does.
func BenchmarkLedger(b *testing.B) {
	for _, with := range []bool{false, true} {
		b.Run(map[bool]string{false: "plain", true: "ledger"}[with], func(b *testing.B) {
			log := newTestLog(b, 64<<20)
			if with {
				l := newTestLedger("a", make([]uint64, LedgerBytes/8))
				l.begin([20]byte{1}, 0, 0)
				log.countIn(l)
			}
			key, value := make([]byte, 20), make([]byte, 100)
			h := uint64(1)
			for i := 0; b.Loop(); i++ {
				h = h*6364136223846793005 + 1442695040888963407
				if log.Set(h, key, value, 0); i%512 == 0 {
					log.Merge()
				}
			}
		})
	}
}
