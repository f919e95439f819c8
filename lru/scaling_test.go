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
func (l *scalingLoop) run(c Shards, n int) {
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
			c.Soon(hashes[min(i+SoonAhead, MaxBatch-1)])
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

// count takes about as long as run, and uses nothing but registers.
func (l *scalingLoop) count(n int) {
	x := uint64(l.next)
	for range n * 64 {
		x = x*6364136223846793005 + 1
	}
	l.next = int(x % uint64(len(l.keys)) / MaxBatch * MaxBatch)
}

// BenchmarkScaling lets one loop and two loops work in turn on one cache: Zipf
// 0.99 over a million keys, 90% reads. x is how many times as much two do in the
// same time: by the medians of many rounds, and by the best tenth of them,
// which others that use the machine meanwhile spoil least. x-cpu tells, from the
// processor time of a request, what two loops would reach that never wait for
// each other's locks. It means something only where both really ran at once: on
// a busy machine, where they take turns, it is too high. Beside them, two loops on
// a cache each, which share nothing, and two that only count in a register: more
// than these the machine does not give.
func BenchmarkScaling(b *testing.B) {
	if runtime.GOMAXPROCS(0) < 2 {
		b.Skip("SKIPPED: two loops need two cores")
	}
	for _, p := range []Policy{LRU, S3FIFO, LFU} {
		b.Run(p.String(), func(b *testing.B) { benchScaling(b, p) })
	}
	dropFilled()
}

func benchScaling(b *testing.B, p Policy) {
	const keys, requests = 1_000_000, 200_000
	one, z := filled(b, keys), newZipf(keys, .99)
	if err := one.SetPolicy(p); err != nil {
		b.Fatal(err)
	}
	other, err := fill(keys)
	if err != nil {
		b.Fatal(err)
	}
	defer other.Close()
	ways := []*scalingWay{
		{name: "1loop", caches: []Shards{one}},
		{name: "2loops", caches: []Shards{one, one}},
		{name: "apart", caches: []Shards{one, other}},
		{name: "1count", caches: []Shards{{}}},
		{name: "counts", caches: []Shards{{}, {}}},
	}
	for _, w := range ways {
		for i := range w.caches {
			w.loops = append(w.loops, newScalingLoop(z, uint64(i)+1))
		}
	}
	for b.Loop() {
		for _, w := range ways {
			w.round(b, requests)
		}
	}
	for i, w := range ways {
		w.report(b, ways[i/3*3])
	}
	b.ReportMetric(0, "ns/op")
}

// scalingWay is one way for loops to work on caches.
type scalingWay struct {
	name      string
	caches    []Shards // of each loop; nil: it counts
	loops     []*scalingLoop
	took, cpu []float64 // ns a request of a loop, ns of processor time a request
}

func (w *scalingWay) round(b *testing.B, requests int) {
	start, used := time.Now(), processorTime(b)
	var wg sync.WaitGroup
	for i, l := range w.loops {
		if c := w.caches[i]; c.Cache != nil {
			wg.Go(func() { l.run(c, requests) })
		} else {
			wg.Go(func() { l.count(requests) })
		}
	}
	wg.Wait()
	w.took = append(w.took, float64(time.Since(start))/float64(requests))
	w.cpu = append(w.cpu, float64(processorTime(b)-used)/float64(len(w.loops)*requests))
}

// report compares w with one loop.
func (w *scalingWay) report(b *testing.B, one *scalingWay) {
	slices.Sort(w.took)
	slices.Sort(w.cpu)
	b.ReportMetric(w.cpu[len(w.cpu)/2], "cpu-ns/"+w.name)
	if w == one {
		return
	}
	n := float64(len(w.loops))
	for _, q := range []struct {
		name string
		part int
	}{{"median", 2}, {"best", 10}} {
		b.ReportMetric(n*one.took[len(one.took)/q.part]/w.took[len(w.took)/q.part], fmt.Sprint("x-", q.name, "/", w.name))
	}
	b.ReportMetric(n*one.cpu[len(one.cpu)/2]/w.cpu[len(w.cpu)/2], "x-cpu/"+w.name)
}

// processorTime is what this process has used of the processors.
func processorTime(b *testing.B) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
