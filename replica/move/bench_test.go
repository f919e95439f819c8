package move

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/ring"
)

// benchNodes returns the stores and logs of two nodes, the first with entries of 100 bytes.
func benchNodes(b *testing.B, count int) (from, to *node) {
	b.Helper()
	made := func() *node {
		c, err := lru.New(lru.Options{MaxMemory: 1 << 30})
		if err != nil {
			b.Fatal(err)
		}
		log, err := replica.NewLog(64<<20, 2)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = c.Close() })
		return &node{t: b, cache: c, log: log}
	}
	from, to = made(), made()
	value := make([]byte, 100)
	for i := range count {
		from.set(numbered(i), value, 0)
	}
	return from, to
}

// BenchmarkMove moves a third of the slots of a store of a million entries, without a network.
func BenchmarkMove(b *testing.B) {
	var slots ring.SlotSet
	slots.Add(0, 5460)
	from, to := benchNodes(b, 1_000_000)
	moved := len(entries(from.cache, slots.HasKey))
	for b.Loop() {
		newLive(b, from.cache, to.cache, from.log, to.log, &slots).run()
		b.StopTimer()
		to.cache.Flush()
		b.StartTimer()
	}
	b.ReportMetric(float64(moved)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}

// BenchmarkRemove removes a third of the slots of a store of a million entries.
func BenchmarkRemove(b *testing.B) {
	var slots ring.SlotSet
	slots.Add(0, 5460)
	var removed int64
	for b.Loop() {
		b.StopTimer()
		from, _ := benchNodes(b, 1_000_000)
		b.StartTimer()
		r := NewRemover(from.cache, from.log, &slots)
		for r.Step(1000) {
		}
		removed += r.Removed()
	}
	b.ReportMetric(float64(removed)/b.Elapsed().Seconds(), "entries/s")
}

// BenchmarkWriter writes at a node that gives slots, one move after another at a rate, or none.
func BenchmarkWriter(b *testing.B) {
	for name, rate := range map[string]int64{"alone": 0, "32MBs": 32 << 20} {
		b.Run(name, func(b *testing.B) {
			var slots ring.SlotSet
			slots.Add(0, 5460)
			from, to := benchNodes(b, 1_000_000)
			stop, done := make(chan bool), make(chan bool)
			go func() {
				defer close(done)
				for rate > 0 {
					l := newLive(b, from.cache, to.cache, from.log, to.log, &slots)
					l.giver.opts.Rate = func() int64 { return rate }
					l.run()
					select {
					case <-stop:
						return
					default:
					}
				}
			}()
			r, value := rand.New(rand.NewPCG(1, 1)), make([]byte, 100)
			var worst time.Duration
			for b.Loop() {
				began := time.Now()
				from.set(numbered(r.IntN(1_000_000)), value, 0)
				worst = max(worst, time.Since(began))
			}
			b.ReportMetric(float64(worst.Microseconds()), "worst-us")
			close(stop)
			<-done
		})
	}
}
