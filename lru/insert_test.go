package lru

import (
	"math"
	"slices"
	"testing"
	"time"
)

// insertRuns is how often BenchmarkInsert fills a cache.
const insertRuns = 3

// BenchmarkInsert fills an empty cache and reports how long single inserts take,
// while the index grows. It does so three times with one seed, so that insert
// number i does the same work each time: max-ns is the worst of the last fill,
// interruptions of the machine included; worst-ns is the worst insert by its
// fastest fill, which is what the store itself made it wait. The control takes
// the same times in between, of a few loads from memory that is there: what it
// shows is the machine's.
func BenchmarkInsert(b *testing.B) {
	for _, n := range benchSizes {
		b.Run(name(n), func(b *testing.B) {
			store, control := newInsertTimes(n), newInsertTimes(n)
			for b.Loop() {
				for range insertRuns {
					insertAll(b, store, control)
				}
			}
			store.report(b, "")
			control.report(b, "control-")
		})
	}
}

// insertTimes are the nanoseconds of each insert, of the last fill and of its fastest.
type insertTimes struct{ last, best []uint32 }

func newInsertTimes(n int) insertTimes {
	return insertTimes{make([]uint32, n), slices.Repeat([]uint32{math.MaxUint32}, n)}
}

func (x insertTimes) note(i int, since time.Time) {
	x.last[i] = uint32(time.Since(since))
	x.best[i] = min(x.best[i], x.last[i])
}

func (x insertTimes) report(b *testing.B, prefix string) {
	slices.Sort(x.last)
	for _, q := range []struct {
		name string
		part float64
	}{{"p50-ns", .5}, {"p99-ns", .99}, {"p99.99-ns", .9999}, {"max-ns", 1}} {
		b.ReportMetric(float64(x.last[int(q.part*float64(len(x.last)-1))]), prefix+q.name)
	}
	b.ReportMetric(float64(slices.Max(x.best)), prefix+"worst-ns")
}

// insertAll fills a cache once.
func insertAll(b *testing.B, store, control insertTimes) {
	cache, err := New(Options{MaxMemory: 4 << 30, Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	c := cache.Shards()
	defer c.Close()
	there := slices.Repeat([]uint64{1}, 1<<20)
	key, value := make([]byte, 0, 16), make([]byte, 32)
	for i := range store.last {
		k := benchKey(key, uint64(i))
		start := time.Now()
		if err := c.Set(k, value, 0); err != nil {
			b.Fatal(err)
		}
		store.note(i, start)
		start = time.Now()
		for j := range 6 {
			there[(i*7919+j*99991)%len(there)]++
		}
		control.note(i, start)
	}
}
