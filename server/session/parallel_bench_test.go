package session

import (
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru"
)

// BenchmarkGetPipelined runs a session on every goroutine, 64 GETs of random keys
// at a time, over one store of a million entries: with -cpu 1,2 it shows how event
// loops scale without the network. An operation is a GET.
func BenchmarkGetPipelined(b *testing.B) {
	const keys, depth = 1_000_000, 64
	f := newFixture(b, lru.Options{MaxMemory: 1 << 30})
	s := f.n.NewSession(ConnInfo{})
	var in, out []byte
	for i := range keys {
		in = append(in[:0], resp("SET", "key:"+strconv.Itoa(keys+i), "a value of some thirty-two bytes")...)
		_, out = s.Run(f.l, in, out[:0], 1<<20)
	}
	s.Close()
	var seed atomic.Uint64
	began := cpuUsed(b)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		l, s := f.n.NewLoop(), f.n.NewSession(ConnInfo{})
		defer s.Close()
		r := rand.New(rand.NewPCG(seed.Add(1), 0))
		var batches [256][]byte
		for i := range batches {
			for range depth {
				batches[i] = append(batches[i], resp("GET", "key:"+strconv.Itoa(keys+r.IntN(keys)))...)
			}
		}
		out := make([]byte, 0, 64<<10)
		for n := 0; ; n++ {
			for range depth {
				if !pb.Next() {
					return
				}
			}
			_, out = s.Run(l, batches[n%len(batches)], out[:0], 1<<20)
		}
	})
	b.ReportMetric(float64((cpuUsed(b)-began).Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// cpuUsed is the process's user and system time, a better measure than elapsed time
// on a busy machine.
func cpuUsed(b *testing.B) time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
