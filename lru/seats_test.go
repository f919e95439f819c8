//go:build linux

package lru

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// seat is a thread that stays on one processor, for measurements of loops that work at the same time.
type seat struct{ work chan func() }

// takeSeats returns seats on as many processors, until b ends. It skips b where there are fewer.
func takeSeats(b *testing.B, n int) []*seat {
	var may unix.CPUSet
	if err := unix.SchedGetaffinity(0, &may); err != nil {
		b.Fatal(err)
	}
	if may.Count() < n || runtime.GOMAXPROCS(0) < n {
		b.Skipf("SKIPPED: %d loops need as many processors", n)
	}
	var seats []*seat
	for cpu := 0; len(seats) < n; cpu++ {
		if may.IsSet(cpu) {
			s := &seat{work: make(chan func())}
			seats = append(seats, s)
			go s.sit(b, cpu)
			b.Cleanup(func() { close(s.work) })
		}
	}
	return seats
}

// sit ends with its thread still locked, so that the runtime ends that too: others must not be tied to the processor.
func (s *seat) sit(b *testing.B, cpu int) {
	runtime.LockOSThread()
	var here unix.CPUSet
	here.Set(cpu)
	if err := unix.SchedSetaffinity(0, &here); err != nil {
		b.Errorf("stay on processor %d: %v", cpu, err)
	}
	for fn := range s.work {
		fn()
	}
}

// turn is what a seat did in a round.
type turn struct {
	from, to time.Time
	taken    int64 // how often its processor was taken from it
	slept    int64 // how often it gave it up, for a lock
}

// atOnce lets each of the first seats do one part of the work at the same time, twice, and returns how long they took in the
// mean for the second time, when their caches have what they need, and how often they slept for a lock. ok is false if a
// processor was taken from one of them, or they were not at it at the same time.
func atOnce(seats []*seat, work []func()) (took time.Duration, slept int64, ok bool) {
	const patience = 10 * time.Millisecond // for a seat that does not get its processor
	turns := make([]turn, len(work))
	var there atomic.Int32
	var wg sync.WaitGroup
	for i, fn := range work {
		wg.Add(1)
		seats[i].work <- func() {
			defer wg.Done()
			there.Add(1)
			for came := time.Now(); int(there.Load()) < len(work) && time.Since(came) < patience; {
			}
			fn()
			t := &turns[i]
			taken, slept := switches()
			t.from = time.Now()
			fn()
			t.to = time.Now()
			t.taken, t.slept = switches()
			t.taken, t.slept = t.taken-taken, t.slept-slept
		}
	}
	wg.Wait()
	all := turns[0] // the time in which all were at it
	for _, t := range turns {
		if t.taken > 0 {
			return 0, 0, false
		}
		slept += t.slept
		took += t.to.Sub(t.from) / time.Duration(len(turns))
		if t.from.After(all.from) {
			all.from = t.from
		}
		if t.to.Before(all.to) {
			all.to = t.to
		}
	}
	return took, slept, all.to.Sub(all.from) > took-took/8
}

// pass returns the time in ns that a cache line takes from one of two seats to the other, which wait for each other's store.
// ok is false if the round does not count.
func pass(seats []*seat) (ns float64, ok bool) {
	const passes, patience = 4_000, 10 * time.Millisecond
	var line struct {
		_ [cacheLine]byte
		n atomic.Int64
		_ [cacheLine]byte
	}
	work := make([]func(), 2)
	for i := range int64(2) {
		seen := i
		work[i] = func() {
			began, end := time.Now(), seen+passes
			for looks := 1; seen < end; looks++ {
				if line.n.Load() == seen {
					line.n.Store(seen + 1)
					seen += 2
				} else if looks%1024 == 0 && time.Since(began) > patience {
					return
				}
			}
		}
	}
	took, _, ok := atOnce(seats, work)
	return float64(took) / passes, ok && line.n.Load() == 2*passes
}

// switches returns how often the calling thread's processor was taken from it, and how often it gave it up.
func switches() (taken, slept int64) {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_THREAD, &u) // cannot fail for this thread
	return u.Nivcsw, u.Nvcsw
}
