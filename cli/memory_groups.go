package cli

import (
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/internal/curve"
)

// groupCurve is what the members of a group predict together.
type groupCurve struct {
	Name string `json:"group"`
	curve.Group
	Error string `json:"error,omitempty"`
}

// groupCurves are the curves of all groups, of what their members, of these names, answered.
func groupCurves(nodes []nodeCurve, groups []string) (all []groupCurve) {
	for i := range nodes {
		n := &nodes[i]
		at := slices.IndexFunc(all, func(g groupCurve) bool { return g.Name == groups[i] })
		if at < 0 {
			at = len(all)
			all = append(all, groupCurve{Name: groups[i]})
		}
		if n.Error != "" {
			all[at].Add(n.Node, nil)
		} else {
			all[at].Add(n.Node, &n.Curve)
		}
	}
	for i := range all {
		if all[i].Finish(); len(all[i].Members) == 0 {
			all[i].Error = "no member predicts anything"
		}
	}
	return all
}

// line says what the group's members predict together.
func (g *groupCurve) line() string {
	if g.Error != "" {
		return "group " + g.Name + ": " + g.Error + ": " + g.missing(" ", ", ")
	}
	of := strings.Join(g.Members, " + ")
	if len(g.Members) > 1 { // more memory is for all of them
		of += " together"
	}
	if len(g.Missing) > 0 {
		of += ", without " + g.missing(", which ", ", and ")
	}
	return "group " + g.Name + " (" + of + "): " + sentence(&g.Curve)
}

// missing lists the members that are missing, each with the reason after is, and next between them.
func (g *groupCurve) missing(is, next string) string {
	all := make([]string, len(g.Missing))
	for i, name := range g.Missing {
		all[i] = name + is + g.Reasons[i]
	}
	return strings.Join(all, next)
}
