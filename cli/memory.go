package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"github.com/cachegopher/cachegopher/internal/curve"
)

// leastReads is how many sampled reads a prediction must be of, to be worth a sentence.
const leastReads = 10_000

// nodeCurve is what a node answers to MEMORY CURVE.
type nodeCurve struct {
	Node string `json:"node,omitempty"`
	curve.Curve
	Prefixes []curve.Prefix `json:"prefixes,omitempty"`
	Error    string         `json:"error,omitempty"`
}

type memoryResult struct {
	Groups []groupCurve `json:"groups"`
	Nodes  []nodeCurve  `json:"nodes"`
	live   int          // nodes that answered
}

func cmdMemory(ctx context.Context, s *session, _ []string) (result, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	r, groups := &memoryResult{}, []string(nil)
	for _, a := range s.askNodes(ctx, "MEMORY", "CURVE") {
		n := nodeCurve{}
		if a.err != nil {
			n.Error = say(a.err)
		} else if err := json.Unmarshal(a.v.Bytes, &n); err != nil {
			n.Error = fmt.Sprintf("its answer is not understood: %v", err)
		} else {
			r.live++
		}
		n.Node = a.node.ID
		r.Nodes, groups = append(r.Nodes, n), append(groups, a.node.Group)
	}
	r.Groups = groupCurves(r.Nodes, groups)
	if r.live == 0 {
		return r, &unreachableError{"no node answers"}
	}
	return r, nil
}

// status tells scripts whether a node did not answer.
func (r *memoryResult) status() int {
	if r.live < len(r.Nodes) {
		return ExitUnreachable
	}
	return ExitDone
}

func (r *memoryResult) data() any { return r }

func (r *memoryResult) text(p *printer) error {
	for _, g := range r.Groups {
		if len(g.Members)+len(g.Missing) == 1 { // what its node says, is all
			continue
		}
		if err := p.line(g.line()); err != nil {
			return err
		}
	}
	for _, n := range r.Nodes {
		if err := p.line(n.Node + ": " + n.sentence()); err != nil {
			return err
		}
		for _, of := range n.Prefixes {
			if err := p.line(n.Node + ": " + sentenceOf(&of, n.unbounded())); err != nil {
				return err
			}
		}
	}
	return nil
}

// sentence says what the node predicts, or why it does not answer.
func (n *nodeCurve) sentence() string {
	if n.Error != "" {
		return n.Error
	}
	return sentence(&n.Curve)
}

// sentence says what more and less memory would bring: twice and half, if these are predicted.
func sentence(c *curve.Curve) string {
	now, more, less := c.At(1), c.At(2, 1.5, 1.25), c.At(.5, .75)
	switch {
	case c.SampledReads < leastReads && (c.Learning || len(c.Points) > 0):
		return fmt.Sprintf("it has sampled %s so far, too few to predict what more memory would bring", plural(c.SampledReads, "read", "reads"))
	case c.Learning && (now == nil || more == nil && less == nil):
		return "what other memory would bring is not known" + because(c)
	case now == nil || more == nil && less == nil:
		return "it predicts nothing"
	case now.HitRatio >= 1:
		return "all reads hit"
	}
	amount := func(by int64) string {
		if c.Unit == "bytes" {
			return size(by)
		}
		return plural(by, "entry", "entries")
	}
	s := fmt.Sprintf("%.1f%% of reads hit", 100*now.HitRatio)
	if more != nil {
		fewer := 100 * (more.HitRatio - now.HitRatio) / (1 - now.HitRatio)
		s += fmt.Sprintf("; with %s more, %.0f%% fewer misses", amount(more.Size-now.Size), math.Max(fewer, 0))
	}
	if less != nil {
		others := 100 * (now.HitRatio - less.HitRatio) / (1 - now.HitRatio)
		s += fmt.Sprintf("; with %s less, %.0f%% more", amount(now.Size-less.Size), math.Max(others, 0))
		if more == nil {
			s += " misses"
		}
	}
	switch {
	case more == nil:
		s += "; what more memory would bring is not known" + because(c)
	case less == nil:
		s += "; what less memory would cost is not known" + because(c)
	}
	return s
}

// because says why some points are not known.
func because(c *curve.Curve) string {
	if c.Why == "" {
		return ""
	}
	return ": " + c.Why
}
