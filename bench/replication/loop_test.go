//go:build linux

package replication

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/commands"
)

// writer is an event loop with one writing connection.
type writer struct {
	loop    *session.Loop
	session *session.Session
	out     []byte
}

func newWriter(t testing.TB, effects session.Effects) *writer {
	store, err := lru.New(lru.Options{MaxMemory: 256 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() }) //nolint:errcheck // the test is over
	o := session.Options{Commands: commands.All(), Dialects: commands.Dialects(), Store: store}
	if effects != nil {
		o.Effects = effects
	}
	n := session.NewNode(o)
	return &writer{loop: n.NewLoop(), session: n.NewSession(session.ConnInfo{})}
}

// write executes requests and returns this thread's CPU time for them.
func (w *writer) write(t testing.TB, requests [][]byte) time.Duration {
	began := threadTime(t)
	for _, in := range requests {
		used, out := w.session.Run(w.loop, in, w.out[:0], 1<<20)
		if w.out = out; used != len(in) {
			t.Fatalf("%d of %d bytes used", used, len(in))
		}
	}
	return threadTime(t) - began
}

func threadTime(t testing.TB) time.Duration {
	var at unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &at); err != nil {
		t.Fatal(err)
	}
	return time.Duration(at.Nano())
}

// pipelines returns n pipelines of deep SETs of 100 bytes each.
func pipelines(n, deep int) (all [][]byte) {
	for i := range n {
		var b []byte
		for j := range deep {
			b = fmt.Appendf(b, "*3\r\n$3\r\nSET\r\n$14\r\nkey:%010d\r\n$%d\r\n%s\r\n", (i*deep+j)*7919%100_000, len(value), value)
		}
		all = append(all, b)
	}
	return all
}

// readLog reads a log every millisecond, as the links of two secondaries do.
func readLog(ctx context.Context, l *replica.Log) {
	for range 2 {
		go func() {
			var b []byte
			for tick := time.NewTicker(time.Millisecond); ctx.Err() == nil; <-tick.C {
				from, end := l.Bounds()
				if merged := l.Merge(); merged > end {
					b, _ = l.Read(b[:0], max(from, end), 1<<20) //nolint:errcheck // overwritten entries do not matter here
				}
			}
		}()
	}
}

// BenchmarkLoopWrites compares the cost of a write for the event loop of a primary with two secondaries and of one
// without: alternating rounds, CPU time of the loop's own thread, medians.
func BenchmarkLoopWrites(b *testing.B) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for _, deep := range []int{1, 16} {
		b.Run(fmt.Sprintf("pipeline=%d", deep), func(b *testing.B) {
			l, err := replica.NewLog(64<<20, runtime.GOMAXPROCS(0))
			if err != nil {
				b.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			readLog(ctx, l)
			alone, primary, requests := newWriter(b, nil), newWriter(b, l), pipelines(20_000/deep, deep)
			alone.write(b, requests) // the first run fills the store
			primary.write(b, requests)
			var costs [2][]float64
			for b.Loop() {
				for i, w := range []*writer{alone, primary} {
					costs[i] = append(costs[i], float64(w.write(b, requests).Nanoseconds())/float64(len(requests)*deep))
				}
			}
			for i := range costs {
				slices.Sort(costs[i])
			}
			single, both := costs[0][len(costs[0])/2], costs[1][len(costs[1])/2]
			b.ReportMetric(single, "ns/write-alone")
			b.ReportMetric(both, "ns/write-replicated")
			b.ReportMetric(both/single, "ratio")
		})
	}
}

// TestLoopAllocates: a logged write allocates nothing.
func TestLoopAllocates(t *testing.T) {
	l, err := replica.NewLog(1<<20, 1)
	if err != nil {
		t.Fatal(err)
	}
	w, requests := newWriter(t, l), pipelines(100, 16)
	w.write(t, requests)
	if n := testing.AllocsPerRun(20, func() { w.write(t, requests) }); n > 1 { // 1,600 writes
		t.Errorf("%v allocations in 1,600 writes", n)
	}
}
