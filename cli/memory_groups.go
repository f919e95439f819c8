package cli

import (
	"slices"
	"strings"
)

// groupCurve is what the members of a group predict together. They hold the same keys and share the reads between them, so
// the group's hit ratio is theirs, each weighed by the reads that it had. A size is that of all members together, since
// more memory helps the group as predicted only if each of them gets as many times as much.
type groupCurve struct {
	Group   string   `json:"group"`
	Members []string `json:"members"` // those that the prediction is of
	Missing []string `json:"missing,omitempty"`
	why     []string // each of the Missing is, said after its name
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

// add takes a member in. Until finish, the hit ratios are sums of hits.
func (g *groupCurve) add(n *nodeCurve) {
	if why := g.leavesOut(n); why != "" {
		g.Missing, g.why = append(g.Missing, n.Node), append(g.why, why)
		return
	}
	g.Members, g.Unit = append(g.Members, n.Node), n.Unit
	g.SampledReads += n.SampledReads
	g.Reads += n.reads()
	for i, p := range n.Points {
		if i == len(g.Points) {
			g.Points = append(g.Points, curvePoint{Times: p.Times})
		}
		g.Points[i].Size += p.Size
		g.Points[i].HitRatio += p.HitRatio * float64(n.reads())
	}
}

// leavesOut says why n cannot be taken in, "" if it can.
func (g *groupCurve) leavesOut(n *nodeCurve) string {
	switch {
	case n.Error != "":
		return "does not answer"
	case n.Learning:
		return "is still learning"
	case len(n.Points) == 0:
		return "predicts nothing"
	case g.Unit != "" && (n.Unit != g.Unit || len(n.Points) != len(g.Points)):
		return "predicts for other sizes"
	}
	return ""
}

func (g *groupCurve) finish() {
	for i := range g.Points {
		g.Points[i].HitRatio /= float64(max(g.Reads, 1))
	}
	if len(g.Members) == 0 {
		g.Error = "no member predicts anything"
	}
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
