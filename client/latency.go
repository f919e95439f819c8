package client

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// latency holds a node's recent latencies: a moving mean and a histogram that decays.
type latency struct {
	mean atomic.Int64 // ns; 0 before the first sample
	p95  atomic.Int64 // ns; as of the last decay
	p50  atomic.Int64
	hist [latencyBuckets]atomic.Uint32
}

const (
	latencyBuckets = 40 * 4 // four to each power of two
	ewmaShift      = 4      // a sample weighs 1/16
	minSamples     = 20
)

func bucketOf(ns int64) int {
	if ns < 4 {
		return 0
	}
	top := bits.Len64(uint64(ns)) - 1
	return min((top-2)*4+int(ns>>(top-2))&3, latencyBuckets-1)
}

// bucketEnd is the upper bound of a bucket, in ns.
func bucketEnd(b int) int64 { return int64(4+b%4+1) << (b / 4) }

func (l *latency) add(d time.Duration) {
	ns := max(int64(d), 1)
	// Concurrent calls may lose a sample, which does not matter.
	if old := l.mean.Load(); old == 0 {
		l.mean.Store(ns)
	} else {
		l.mean.Store(old + (ns-old)>>ewmaShift)
	}
	l.hist[bucketOf(ns)].Add(1)
}

// decay computes the percentiles and halves the counts, so that older samples weigh less.
func (l *latency) decay() {
	var total, at95, at50 uint64
	for i := range l.hist {
		total += uint64(l.hist[i].Load())
	}
	if total < minSamples {
		return
	}
	sum := uint64(0)
	for i := range l.hist {
		n := l.hist[i].Load()
		sum += uint64(n)
		if at50 == 0 && sum*2 >= total {
			at50 = uint64(bucketEnd(i))
		}
		if at95 == 0 && sum*100 >= total*95 {
			at95 = uint64(bucketEnd(i))
		}
		if total > 1000 {
			l.hist[i].Add(-(n - n/2))
		}
	}
	l.p50.Store(int64(at50))
	l.p95.Store(int64(at95))
}
