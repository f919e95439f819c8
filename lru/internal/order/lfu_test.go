package order

import (
	"testing"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/policy"
)

// lfuTest is an order of LFU whose keys' hashes are numbers.
type lfuTest struct {
	t      *testing.T
	m      *memory.Memory
	o      Order
	hashes map[uint32]uint64
}

func newLFUTest(t *testing.T) *lfuTest {
	l := &lfuTest{t: t, m: newMemory(t), hashes: map[uint32]uint64{}}
	l.o.Init(policy.LFU)
	return l
}

func (l *lfuTest) hash(off uint32) uint64 { return l.hashes[off] }

// add adds keys from first on, and uses each of them so often.
func (l *lfuTest) add(first, n, uses int) {
	for i := first; i < first+n; i++ {
		off := l.m.New(l.m.Shape(1, 1, false), []byte("k"), []byte("v"), 0)
		l.hashes[off] = hashOf(i)
		l.o.Add(l.m, off, hashOf(i), l.hash)
		for range uses {
			l.o.Hit(l.m, off, hashOf(i))
		}
	}
}

func (l *lfuTest) remove(off uint32) {
	l.o.Remove(l.m, off)
	l.m.Free(off)
	delete(l.hashes, off)
}

// evict evicts n entries, and returns how many of them were in main.
func (l *lfuTest) evict(n int) (main int) {
	for range n {
		off := l.o.Victim(l.m, l.hash)
		if l.m.Entry(off).Stamp()&inSmall == 0 {
			main++
		}
		l.o.Evicted(l.m, off, l.hash(off))
		l.remove(off)
	}
	return main
}

// removeMain removes up to n entries of main, as if they were deleted.
func (l *lfuTest) removeMain(n int) {
	for ; n > 0 && l.o.mark != 0; n-- {
		l.remove(l.o.mark)
	}
}

// isShared fails unless the window has about its share.
func (l *lfuTest) isShared() {
	l.t.Helper()
	if share, most := l.o.windowShare(); l.o.small > most || l.o.small < share-share/policy.Slack-1 {
		l.t.Errorf("the window has %d of %d entries, its share is %d", l.o.small, l.o.entries, share)
	}
}

// TestRoomOfLargeValue lets entries that are used once fill the room of a large value, which is that of many: they must not go to
// main at the cost of entries that are used often.
func TestRoomOfLargeValue(t *testing.T) {
	l := newLFUTest(t)
	l.add(0, 1005, 3)
	l.evict(5)
	l.isShared()
	l.removeMain(300)
	l.add(1000, 300, 0)
	if main := l.evict(250); main > 0 {
		t.Errorf("%d entries left main for others that were used less", main)
	}
}

// TestMainFillsAgain removes most or all of main: it must get its share of new entries again, all at once if there is next to nothing
// to compete with, else those that are used more often than what is there.
func TestMainFillsAgain(t *testing.T) {
	for name, empty := range map[string]func(l *lfuTest){
		"all removed": func(l *lfuTest) { l.removeMain(900); l.evict(int(l.o.small)) },
		"reset":       func(l *lfuTest) { l.o.Reset() },
		"main empty":  func(l *lfuTest) { l.removeMain(900) },
		"a tenth":     func(l *lfuTest) { l.removeMain(815) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLFUTest(t)
			l.add(0, 1001, 0)
			l.evict(5) // each of which passes a part
			l.isShared()
			empty(l)
			l.add(2000, 1000-int(l.o.entries), 0)
			l.evict(5)
			l.isShared()
		})
	}
	t.Run("two thirds", func(t *testing.T) {
		l := newLFUTest(t)
		l.add(0, 1001, 1)
		l.evict(5)
		l.removeMain(600)
		for i := range 100 { // some of what comes is used often
			l.add(2000+100*i, 20, 3)
			l.add(2020+100*i, 80, 0)
			for l.o.entries > 1000 {
				l.evict(1)
			}
		}
		l.isShared()
	})
}

// TestTuneFillsMain makes the window smaller: what it has too much goes to main without competition.
func TestTuneFillsMain(t *testing.T) {
	l := newLFUTest(t)
	l.o.Tune(60, policy.IfFrequent)
	l.add(0, 1000, 0)
	l.evict(5)
	l.isShared()
	l.o.Tune(10, policy.IfFrequent)
	l.add(1000, 5, 0)
	l.evict(5)
	l.isShared()
}
