package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/client"
)

// promote makes a node the primary of its group. It asks that node, which has the primary hand over to it or, with FORCE,
// takes over without the primary.
func (s *session) promote(ctx context.Context, args []string) (result, error) {
	ask, nodes, id := []string{"PROMOTE"}, s.c.Nodes(), ""
	words := args[1:]
	if last := len(words) - 1; last >= 0 && strings.EqualFold(words[last], "FORCE") {
		ask, words = append(ask, "FORCE"), words[:last]
	}
	switch {
	case len(words) == 1:
		id = words[0]
	case len(words) == 0 && len(nodes) == 1:
		id = nodes[0].ID
	default:
		return nil, usagef("usage: PROMOTE server-id [FORCE]")
	}
	if !slices.ContainsFunc(nodes, func(n client.NodeStatus) bool { return n.ID == id }) {
		return nil, usagef("no server has the id %q; STATUS lists them", id)
	}
	v, err := s.c.DoNode(ctx, id, ask...)
	if err != nil {
		return nil, err
	}
	return &valueResult{v: v}, nil
}
