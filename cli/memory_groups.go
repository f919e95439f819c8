package cli

import (
	"slices"
	"strings"
)

// groupCurve is what the members of a group predict together. They hold the same keys and share the reads between them, so
// the group's hit ratio is theirs, each weighed by the reads that it had. A size is that of all members together, since
// more memory helps the group as predicted only if each of them gets as many times as much.
//
// Members that do not know all points count for those that they have: another budget is taken to bring the group what it would bring
// the members that know it, as long as these have at least half of the reads.
type groupCurve struct {
	Group   string   `json:"group"`
	Members []string `json:"members"` // those that the prediction is of
	Missing []string `json:"missing,omitempty"`
	why     []string // each of the Missing is, said after its name
	of      []*nodeCurve
	nodeCurve
}

// groupCurves are the curves of all groups, of what their members, of these names, answered.
func groupCurves(nodes []nodeCurve, groups []string) (all []groupCurve) {
	for i := range nodes {
		at := slices.IndexFunc(all, func(g groupCurve) bool { return g.Group == groups[i] })
		if at < 0 {
			at = len(all)
			all = append(all, groupCurve{Group: groups[i]})
		}
		all[at].add(&nodes[i])
	}
	for i := range all {
		all[i].finish()
	}
	return all
}

// add takes a member in.
func (g *groupCurve) add(n *nodeCurve) {
	if why := g.leavesOut(n); why != "" {
		g.Missing, g.why = append(g.Missing, n.Node), append(g.why, why)
		return
	}
	g.Members, g.Unit, g.of = append(g.Members, n.Node), n.Unit, append(g.of, n)
	g.SampledReads += n.SampledReads
	g.Reads += n.reads()
	if g.Learning = g.Learning || n.Learning; g.Why == "" {
		g.Why = n.Why
	}
}

// leavesOut says why n cannot be taken in, "" if it can.
func (g *groupCurve) leavesOut(n *nodeCurve) string {
	switch {
	case n.Error != "":
		return "does not answer"
	case n.Learning && n.at(1) == nil:
		return "is still learning"
	case n.at(1) == nil:
		return "predicts nothing"
	case g.Unit != "" && n.Unit != g.Unit:
		return "predicts for other sizes"
	}
	return ""
}

// finish makes the group's points of those of its members.
func (g *groupCurve) finish() {
	if len(g.Members) == 0 {
		g.Error = "no member predicts anything"
		return
	}
	size := int64(0)
	now := g.mean(1, g.of)
	for _, n := range g.of {
		size += n.at(1).Size
	}
	for _, times := range g.times() {
		var know []*nodeCurve
		for _, n := range g.of {
			if n.at(times) != nil {
				know = append(know, n)
			}
		}
		if 2*g.weight(know) >= g.weight(g.of) {
			ratio := g.mean(times, know) + (now - g.mean(1, know))
			g.Points = append(g.Points, curvePoint{times, int64(times * float64(size)), min(max(ratio, 0), 1)})
		}
	}
}

// mean is the hit ratio at times today's budget of these members, which know it.
func (g *groupCurve) mean(times float64, of []*nodeCurve) (hits float64) {
	for _, n := range of {
		hits += g.weight([]*nodeCurve{n}) * n.at(times).HitRatio
	}
	return hits / g.weight(of)
}

// weight is the reads that these members had; their number, if none had any.
func (g *groupCurve) weight(of []*nodeCurve) (sum float64) {
	if g.Reads == 0 {
		return float64(len(of))
	}
	for _, n := range of {
		sum += float64(n.reads())
	}
	return sum
}

// times are those of the points of all members, in order.
func (g *groupCurve) times() (all []float64) {
	for _, n := range g.of {
		for _, p := range n.Points {
			if !slices.Contains(all, p.Times) {
				all = append(all, p.Times)
			}
		}
	}
	slices.Sort(all)
	return all
}

// reads is how many reads the prediction stands for.
func (n *nodeCurve) reads() int64 {
	if n.Reads == 0 {
		return n.SampledReads
	}
	return n.Reads
}

// line says what the group's members predict together.
func (g *groupCurve) line() string {
	if len(g.Members) == 0 {
		return "group " + g.Group + ": " + g.Error + ": " + g.missing(" ", ", ")
	}
	of := strings.Join(g.Members, " + ")
	if len(g.Members) > 1 { // more memory is for all of them
		of += " together"
	}
	if len(g.Missing) > 0 {
		of += ", without " + g.missing(", which ", ", and ")
	}
	return "group " + g.Group + " (" + of + "): " + g.sentence()
}

// missing lists the members that are missing, each with the reason after is, and next between them.
func (g *groupCurve) missing(is, next string) string {
	all := make([]string, len(g.Missing))
	for i, name := range g.Missing {
		all[i] = name + is + g.why[i]
	}
	return strings.Join(all, next)
}
