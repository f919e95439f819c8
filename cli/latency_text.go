package cli

import (
	"fmt"
	"strings"
	"time"
)

func (r *latencyResult) status() int { return ExitDone }
func (r *latencyResult) data() any   { return r.nodes }

func (r *latencyResult) text(p *printer) error {
	t := newTable(p, "node", "answers", "mean", "min", "p50", "p90", "p99", "p99.9", "max", "failed")
	t.right("answers", "mean", "min", "p50", "p90", "p99", "p99.9", "max", "failed")
	ns := func(n int64) string { return duration(time.Duration(n)) }
	for _, n := range r.nodes {
		if n.Count == 0 {
			t.add(n.Node, "0", unknown, unknown, unknown, unknown, unknown, unknown, unknown, count(&n.Failed))
			continue
		}
		t.add(n.Node, count(&n.Count), ns(int64(n.Mean)), ns(n.Min), ns(n.P50), ns(n.P90), ns(n.P99), ns(n.P999), ns(n.Max), count(&n.Failed))
	}
	if err := t.write(); err != nil {
		return err
	}
	for _, n := range r.nodes {
		if err := n.bars(p); err != nil {
			return err
		}
	}
	return nil
}

// bars draws the histogram of one node.
func (n *nodeLatency) bars(p *printer) error {
	if n.Error != "" {
		if err := p.line(p.paint(red, n.Error)); err != nil {
			return err
		}
	}
	if !p.tty || n.Count == 0 {
		return nil
	}
	if err := p.line("\n" + p.paint(bold, n.Node)); err != nil {
		return err
	}
	most := int64(1)
	for _, b := range n.Buckets {
		most = max(most, b.Count)
	}
	for _, b := range n.Buckets {
		width := int((b.Count*barWidth + most - 1) / most)
		c := b.Count
		text := fmt.Sprintf("up to %8s %s %s", duration(time.Duration(b.UpTo)), p.paint(cyan, strings.Repeat("#", width)), count(&c))
		if err := p.line(text); err != nil {
			return err
		}
	}
	return nil
}
