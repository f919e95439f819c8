//go:build unix

package lru

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// scalingLoop is what one event loop asks for: keys drawn beforehand, so that the
// drawing is not measured.
type scalingLoop struct {
	keys   [][16]byte
	writes []bool
	next   int
}

func newScalingLoop(z zipf, seed uint64) *scalingLoop {
	const draws = 1 << 19
	r := rand.New(rand.NewPCG(seed, 0))
	l := &scalingLoop{keys: make([][16]byte, draws), writes: make([]bool, draws)}
	for i := range l.keys {
		// Popular keys are anywhere, not first.
		benchKey(l.keys[i][:0], uint64(z.draw(r))*7919%uint64(len(z)))
		l.writes[i] = r.IntN(10) == 0
	}
	return l
}

// run does n requests in batches, as a loop with pipelining clients does.
func (l *scalingLoop) run(c *Cache, n int) {
	var hashes [MaxBatch]uint64
	value := make([]byte, 32)
	for ; n > 0; n -= MaxBatch {
		from := l.next
		l.next = (l.next + MaxBatch) % len(l.keys)
		for i := range hashes {
			hashes[i] = c.Hash(l.keys[from+i][:])
		}
		c.Warm(hashes[:])
		for i, h := range hashes {
			key := l.keys[from+i][:]
			s := c.Lock(h)
			if l.writes[from+i] {
				_ = s.Put(h, key, value, 0, 1)
			} else if e, ok := s.Get(h, key, 1); ok {
				value = s.AppendValue(value[:0], e)
			}
			s.Unlock()
		}
	}
}

// BenchmarkScaling lets one loop and two loops work in turn on one cache: Zipf
// 0.99 over a million keys, 90% reads. x is how many times as much two do in the
// same time: by the medians of many rounds, and by the best tenth of them,
// which others that use the machine meanwhile spoil least. x-cpu tells, from the
// processor time of a request, what two loops would reach that never wait for
// each other's locks. It means something only where both really ran at once: on
// a busy machine, where they take turns, it is too high.
func BenchmarkScaling(b *testing.B) {
	const keys, requests = 1_000_000, 2_000_000 // a round takes long enough for the system to spread the loops over the cores
	if runtime.GOMAXPROCS(0) < 2 {
		b.Skip("SKIPPED: two loops need two cores")
	}
	c := filled(b, keys)
	z := newZipf(keys, .99)
	loops := []*scalingLoop{newScalingLoop(z, 1), newScalingLoop(z, 2)}
	var took, cpu [3][]float64 // ns a request
	for b.Loop() {
		for n := 1; n <= 2; n++ {
			start, used := time.Now(), processorTime(b)
			var wg sync.WaitGroup
			for _, l := range loops[:n] {
				wg.Go(func() { l.run(c, requests) })
			}
			wg.Wait()
			took[n] = append(took[n], float64(time.Since(start))/requests)
			cpu[n] = append(cpu[n], float64(processorTime(b)-used)/float64(n*requests))
		}
	}
	for n := 1; n <= 2; n++ {
		slices.Sort(took[n])
		slices.Sort(cpu[n])
		b.ReportMetric(took[n][len(took[n])/2], fmt.Sprint("ns/", n, "loop"))
	}
	times := func(ns [3][]float64, part int) float64 { return ns[1][len(ns[1])/part] / ns[2][len(ns[2])/part] }
	b.ReportMetric(2*times(took, 2), "x-median")
	b.ReportMetric(2*times(took, 10), "x-best")
	b.ReportMetric(2*times(cpu, 2), "x-cpu")
	b.ReportMetric(0, "ns/op")
}

// processorTime is what this process has used of the processors.
func processorTime(b *testing.B) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
