package cli

import (
	"context"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/cachegopher/cachegopher/cli/internal/shellwords"
)

const (
	latencyFor = 5 * time.Second
	// Bounds of the histogram: nanoseconds up to a minute, to three digits.
	latencyMost   = int64(time.Minute)
	latencyDigits = 3
	barWidth      = 40
	retryPing     = 100 * time.Millisecond
)

// nodeLatency holds the round-trip times of one node, in nanoseconds.
type nodeLatency struct {
	Node    string          `json:"node"`
	Count   int64           `json:"count"`
	Mean    float64         `json:"mean_ns"`
	Min     int64           `json:"min_ns"`
	P50     int64           `json:"p50_ns"`
	P90     int64           `json:"p90_ns"`
	P99     int64           `json:"p99_ns"`
	P999    int64           `json:"p999_ns"`
	Max     int64           `json:"max_ns"`
	Buckets []latencyBucket `json:"buckets"`
	Failed  int64           `json:"failed"`
	Error   string          `json:"error,omitempty"` // the last error

	h   *hdrhistogram.Histogram
	err error
}

// latencyBucket counts the round trips of at most UpTo, and longer than the bucket before.
type latencyBucket struct {
	UpTo  int64 `json:"up_to_ns"`
	Count int64 `json:"count"`
}

type latencyResult struct{ nodes []*nodeLatency }

func cmdLatency(ctx context.Context, s *session, args []string) (result, error) {
	lasts := latencyFor
	if len(args) > 1 {
		var err error
		if lasts, err = seconds(args[1]); err != nil {
			return nil, err
		}
	}
	r := &latencyResult{}
	for _, n := range s.c.Nodes() {
		if len(args) < 3 || args[2] == n.ID || args[2] == n.Address {
			r.nodes = append(r.nodes, &nodeLatency{Node: n.ID, h: hdrhistogram.New(1, latencyMost, latencyDigits)})
		}
	}
	if len(r.nodes) == 0 {
		return nil, usagef("there is no node %s; STATUS lists them", shellwords.Quote(args[2]))
	}
	s.measure(ctx, r.nodes, lasts)
	answered := int64(0)
	for _, n := range r.nodes {
		n.sum()
		answered += n.Count
	}
	if answered == 0 {
		return r, &unreachableError{"no node answers"}
	}
	return r, nil
}

// measure asks all nodes, each repeatedly, until the time is over or ctx
// ends.
func (s *session) measure(ctx context.Context, nodes []*nodeLatency, lasts time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, lasts)
	defer cancel()
	var wg sync.WaitGroup
	for _, n := range nodes {
		wg.Go(func() {
			for ctx.Err() == nil {
				if s.pingNode(ctx, n) {
					continue
				}
				select { // the node does not answer: do not spin
				case <-time.After(retryPing):
				case <-ctx.Done():
				}
			}
		})
	}
	wg.Wait()
}

func (s *session) pingNode(ctx context.Context, n *nodeLatency) bool {
	step, cancel := s.within(ctx)
	defer cancel()
	begun := time.Now()
	_, err := s.c.DoNode(step, n.Node, "PING")
	took := time.Since(begun)
	switch {
	case err == nil:
		n.h.RecordValue(min(int64(took), latencyMost)) //nolint:errcheck // it is within the bounds
	case ctx.Err() == nil:
		n.Failed++
		n.err = err
	}
	return err == nil
}

// sum computes the figures from the histogram.
func (n *nodeLatency) sum() {
	h := n.h
	n.Count, n.Mean, n.Min, n.Max = h.TotalCount(), h.Mean(), h.Min(), h.Max()
	n.P50, n.P90, n.P99, n.P999 = h.ValueAtQuantile(50), h.ValueAtQuantile(90), h.ValueAtQuantile(99), h.ValueAtQuantile(99.9)
	if n.Count == 0 {
		n.Mean, n.Min = 0, 0
	}
	if n.err != nil {
		n.Error = say(n.err)
	}
	n.Buckets = []latencyBucket{}
	upTo, count := int64(1000), int64(0)
	for _, b := range h.Distribution() {
		if b.Count == 0 {
			continue
		}
		for b.From > upTo {
			n.bucket(upTo, count)
			upTo, count = upTo*2, 0
		}
		count += b.Count
	}
	n.bucket(upTo, count)
}

// bucket adds a bucket; empty ones before the first are left out.
func (n *nodeLatency) bucket(upTo, count int64) {
	if count > 0 || len(n.Buckets) > 0 {
		n.Buckets = append(n.Buckets, latencyBucket{upTo, count})
	}
}
