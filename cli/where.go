package cli

import (
	"context"
	"strconv"
	"strings"

	"github.com/cachegopher/cachegopher/ring"
)

// whereResult is where a key belongs.
type whereResult struct {
	Key     any           `json:"key"`
	Slot    int           `json:"slot"`
	Group   string        `json:"group"`
	Members []whereMember `json:"members"` // the primary of the config first
}

type whereMember struct {
	Node    string `json:"node"`
	Address string `json:"address"`
	Role    string `json:"role"`
}

func cmdWhere(_ context.Context, s *session, args []string) (result, error) {
	r, err := s.layout.Ring()
	if err != nil {
		return nil, err
	}
	key := args[1]
	id := r.Group(r.Locate(key)).ID
	w := &whereResult{Key: jsonText(key), Slot: ring.Slot(key), Group: id}
	for _, g := range s.layout.Groups {
		if g.ID != id {
			continue
		}
		for i, m := range g.Members {
			role := "secondary"
			if i == 0 {
				role = "primary"
			}
			w.Members = append(w.Members, whereMember{m.ID, m.Address, role})
		}
	}
	return w, nil
}

func (r *whereResult) status() int { return ExitDone }
func (r *whereResult) data() any   { return r }

func (r *whereResult) text(p *printer) error {
	var members []string
	for _, m := range r.Members {
		members = append(members, m.Node+" ("+m.Address+", "+m.Role+")")
	}
	for _, l := range [][2]string{
		{"slot   ", strconv.Itoa(r.Slot)}, {"group  ", r.Group}, {"members", strings.Join(members, ", ")},
	} {
		if err := p.line(p.paint(dim, l[0]) + " " + l[1]); err != nil {
			return err
		}
	}
	return nil
}
