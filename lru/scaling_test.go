//go:build linux

package lru

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
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

// BenchmarkScaling lets one loop and two loops, each on a processor of its own, work in turn on one cache: Zipf 0.99 over a
// million keys, 90% reads. x is how many times as much two do in the same time, by the medians and the fastest tenths of the
// rounds that count: those in which no other program took a loop's processor, however busy the machine is. Beside them, two loops on a cache each,
// which share nothing, and two that only count in a register: more than these the machine does not give. Where other programs
// run beside one loop but cannot beside two, x is too high: that of two that count then exceeds 2, too. ns/line is what a
// cache line takes from one processor to the other; on a virtual machine that depends on where its host runs them, and x with it.
func BenchmarkScaling(b *testing.B) {
	for _, p := range []Policy{LRU, S3FIFO, LFU, AUTO} {
		b.Run(p.String(), func(b *testing.B) { benchScaling(b, p) })
	}
	dropFilled()
}

func benchScaling(b *testing.B, p Policy) {
	const keys = 1_000_000
	seats := takeSeats(b, 2)
	one, z := filled(b, keys), newZipf(keys, .99)
	if err := one.SetPolicy(p); err != nil {
		b.Fatal(err)
	}
	other, err := fill(keys)
	if err != nil {
		b.Fatal(err)
	}
	defer other.Close()
	if err := other.SetPolicy(p); err != nil {
		b.Fatal(err)
	}
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
	var line []float64
	for b.Loop() {
		for range 10 {
			for _, w := range ways {
				w.round(seats)
			}
			if took, ok := pass(seats); ok {
				line = append(line, took)
			}
		}
	}
	for i, w := range ways {
		w.report(b, ways[i/3*3])
	}
	if slices.Sort(line); len(line) > 0 {
		b.ReportMetric(line[len(line)/2], "ns/line")
	}
	b.ReportMetric(0, "ns/op")
}

// scalingWay is one way for loops to work on caches.
type scalingWay struct {
	name   string
	caches []Shards // of each loop; nil: it counts
	loops  []*scalingLoop
	took   []float64 // ns a request of a loop, in each round that counts
	slept  int64     // how often its loops slept for a lock in these
}

// round is short, so that there are some during which no other program wants the processors.
func (w *scalingWay) round(seats []*seat) {
	const requests = 16_000
	work := make([]func(), len(w.loops))
	for i, l := range w.loops {
		work[i] = func() { l.run(w.caches[i], requests) }
		if w.caches[i].Cache == nil {
			work[i] = func() { l.count(requests) }
		}
	}
	if took, slept, ok := atOnce(seats, work); ok {
		w.took = append(w.took, float64(took)/requests)
		w.slept += slept
	}
}

// report compares w with one loop.
func (w *scalingWay) report(b *testing.B, one *scalingWay) {
	b.ReportMetric(float64(len(w.took)), "rounds/"+w.name)
	if len(w.took) == 0 || len(one.took) == 0 {
		return
	}
	b.ReportMetric(float64(w.slept)/float64(len(w.took)), "sleeps/"+w.name)
	slices.Sort(w.took)
	b.ReportMetric(w.took[len(w.took)/2], "ns/"+w.name)
	for _, q := range []struct {
		name string
		part int
	}{{"median", 2}, {"tenth", 10}} {
		if w != one {
			b.ReportMetric(float64(len(w.loops))*one.took[len(one.took)/q.part]/w.took[len(w.took)/q.part], fmt.Sprint("x-", q.name, "/", w.name))
		}
	}
}
