package workload

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/cachegopher/cachegopher/bench/trace"
)

// Given is what a trace says of a request beside its kind.
type Given struct {
	Key    []byte
	Size   int           // of a value
	Expiry time.Duration // of a Set or TTL; 0: none
}

// KeyRule says which keys a target takes.
type KeyRule struct {
	Longest int  // bytes; 0: no bound
	Plain   bool // without spaces and control characters
}

func (r KeyRule) takes(key []byte) bool {
	if r.Longest > 0 && len(key) > r.Longest {
		return false
	}
	return !r.Plain || !slices.ContainsFunc(key, func(c byte) bool { return c <= ' ' || c == 0x7f })
}

// Feed hands the requests of a trace to several sequences, in order. A goroutine reads ahead by a few thousand requests.
type Feed struct {
	t     *Trace
	in    *traceInput
	rule  KeyRule
	full  chan *block
	free  chan *block
	quit  chan struct{}
	ended sync.WaitGroup

	barred int64 // requests for keys that the target does not take
	spread int64 // requests that shared their time with others

	mu  sync.Mutex
	now *block // guarded by mu
	at  int    // in now; guarded by mu
}

// block is a part of a trace.
type block struct {
	requests []feedRequest
	keys     []byte
}

type feedRequest struct {
	number uint64
	key    int // where it ends in keys
	size   int
	expiry time.Duration
	at     time.Duration // since the trace's first request
	kind   Kind
}

const (
	blockSize = 1024    // requests that are read ahead together
	mostAlike = 1 << 17 // requests of the same time that are spread evenly
)

// Feed begins to read the trace. Close must be called before the next Feed.
func (w *Workload) Feed(rule KeyRule) (*Feed, error) {
	in, err := w.trace.open()
	if err != nil {
		return nil, fmt.Errorf("read the trace again: %w", err)
	}
	f := &Feed{t: w.trace, in: in, rule: rule, full: make(chan *block, 2), free: make(chan *block, 4), quit: make(chan struct{})}
	for range cap(f.free) {
		f.free <- new(block)
	}
	f.ended.Go(f.read)
	return f, nil
}

// read fills blocks until the trace ends or quit is closed.
func (f *Feed) read() {
	defer close(f.full)
	var q traced
	more := f.in.next(&q)
	for more {
		var b *block
		select {
		case b = <-f.free:
		case <-f.quit:
			return
		}
		b.requests, b.keys = b.requests[:0], b.keys[:0]
		from := 0 // of the requests at the time of the last
		for more && (len(b.requests) < blockSize || f.t.Timed() && q.at == b.requests[len(b.requests)-1].at && len(b.requests) < mostAlike) {
			if n := len(b.requests); n > 0 && q.at != b.requests[n-1].at {
				f.even(b.requests[from:], q.at)
				from = n
			}
			f.add(b, &q)
			more = f.in.next(&q)
		}
		if more {
			f.even(b.requests[from:], q.at)
		}
		select {
		case f.full <- b:
		case <-f.quit:
			return
		}
	}
}

// add appends a request to a block, unless the target does not take its key.
func (f *Feed) add(b *block, q *traced) {
	if !f.rule.takes(q.key) {
		f.barred++
		return
	}
	b.keys = append(b.keys, q.key...)
	b.requests = append(b.requests, feedRequest{number: f.t.numbers.of(xxhash.Sum64(q.key)), key: len(b.keys), size: q.size, expiry: q.expiry, at: q.at, kind: q.kind})
}

// coarsest is the coarsest clock that traces have.
const coarsest = time.Second

// even spreads requests of the same time over the time until the next, at most a second: clocks that count seconds would
// turn each second into one burst.
func (f *Feed) even(alike []feedRequest, next time.Duration) {
	if n := len(alike); n > 1 && f.t.Timed() {
		gap := min(next-alike[0].at, coarsest)
		for i := range alike {
			alike[i].at += gap * time.Duration(i) / time.Duration(n)
		}
		f.spread += int64(n)
	}
}

// Close ends the reading, and returns what was changed up to where it came, and the error that ended it early.
func (f *Feed) Close() ([]trace.Change, error) {
	close(f.quit)
	f.ended.Wait()
	sum := map[string]int64{}
	for _, c := range f.in.all() {
		sum[c.What] = c.Count
	}
	if f.barred > 0 {
		sum["requests for keys that the target does not take left out"] = f.barred
	}
	if f.spread > 0 {
		sum["requests of the same time spread over the time until the next"] = f.spread
	}
	err := f.in.r.Err()
	f.in.close() //nolint:errcheck // only read from
	return sorted(sum), err
}

// take copies the next request; it returns false at the end.
func (f *Feed) take(r *Request, g *Given) (at time.Duration, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.now == nil || f.at == len(f.now.requests) {
		if f.now != nil {
			f.free <- f.now
			f.now = nil
		}
		b, ok := <-f.full
		if !ok {
			return 0, false
		}
		f.now, f.at = b, 0
	}
	x := &f.now.requests[f.at]
	from := 0
	if f.at > 0 {
		from = f.now.requests[f.at-1].key
	}
	f.at++
	g.Key, g.Size, g.Expiry = append(g.Key[:0], f.now.keys[from:x.key]...), x.size, x.expiry
	r.Kind, r.Key, r.More, r.Given = x.kind, x.number, nil, g
	return x.at, true
}
