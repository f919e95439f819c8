package curve

import "slices"

// Group is what the members of a group predict together. They hold the same keys and share the reads between them, so
// the group's hit ratio is theirs, each weighed by the reads that it had. A size is that of all members together, since
// more memory helps the group as predicted only if each of them gets as many times as much.
//
// Members that do not know all points count for those that they have: another budget is taken to bring the group what it would bring
// the members that know it, as long as these have at least half of the reads.
type Group struct {
	Members []string `json:"members"` // those that the prediction is of
	Missing []string `json:"missing,omitempty"`
	// Reasons say why each of Missing is, in words that follow its name.
	Reasons []string `json:"reasons,omitempty"`
	Curve
	of []*Curve // of Members
}

// Add takes a member in, or leaves it out with a reason. A nil curve is that of a member that did not answer. The group
// keeps c. REQUIRES: not after Finish.
func (g *Group) Add(name string, c *Curve) {
	if why := g.leavesOut(c); why != "" {
		g.Missing, g.Reasons = append(g.Missing, name), append(g.Reasons, why)
		return
	}
	g.Members, g.Unit, g.of = append(g.Members, name), c.Unit, append(g.of, c)
	g.SampledReads += c.SampledReads
	g.Reads += c.weight()
	if g.Learning = g.Learning || c.Learning; g.Why == "" {
		g.Why = c.Why
	}
}

// leavesOut says why c cannot be taken in, "" if it can.
func (g *Group) leavesOut(c *Curve) string {
	switch {
	case c == nil:
		return "does not answer"
	case c.Learning && c.At(1) == nil:
		return "is still learning"
	case c.At(1) == nil:
		return "predicts nothing"
	case g.Unit != "" && c.Unit != g.Unit:
		return "predicts for other sizes"
	}
	return ""
}

// Finish makes the group's points of those of its members.
func (g *Group) Finish() {
	if len(g.of) == 0 {
		return
	}
	size := int64(0)
	now := g.mean(1, g.of)
	for _, c := range g.of {
		size += c.At(1).Size
	}
	for _, times := range g.times() {
		var know []*Curve
		for _, c := range g.of {
			if c.At(times) != nil {
				know = append(know, c)
			}
		}
		if 2*g.weight(know) >= g.weight(g.of) {
			ratio := g.mean(times, know) + (now - g.mean(1, know))
			g.Points = append(g.Points, Point{times, int64(times * float64(size)), min(max(ratio, 0), 1)})
		}
	}
}

// mean is the hit ratio at times today's budget of these members, which know it.
func (g *Group) mean(times float64, of []*Curve) (hits float64) {
	for _, c := range of {
		hits += g.weight([]*Curve{c}) * c.At(times).HitRatio
	}
	return hits / g.weight(of)
}

// weight is the reads that these members had; their number, if no member had any.
func (g *Group) weight(of []*Curve) (sum float64) {
	if g.Reads == 0 {
		return float64(len(of))
	}
	for _, c := range of {
		sum += float64(c.weight())
	}
	return sum
}

// times are those of the points of all members, in order.
func (g *Group) times() (all []float64) {
	for _, c := range g.of {
		for _, p := range c.Points {
			if !slices.Contains(all, p.Times) {
				all = append(all, p.Times)
			}
		}
	}
	slices.Sort(all)
	return all
}
