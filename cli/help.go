package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/internal/command"
)

// helpResult describes one command in full, or many on one line each.
type helpResult struct {
	specs []command.Spec
	one   bool
	more  string
}

func cmdHelp(_ context.Context, s *session, args []string) (result, error) {
	if len(args) > 1 {
		name := canonical(args[1])
		spec, ok := s.catalog.find(name)
		if !ok {
			return nil, s.unknown(args[1])
		}
		more := s.catalog.own[name].long
		if why := refusal(name, nil); why != "" {
			more = why
		}
		return &helpResult{specs: []command.Spec{spec}, one: true, more: more}, nil
	}
	return &helpResult{specs: s.catalog.specs()}, nil
}

// specs returns all commands in the order of their groups, those of the command line last.
func (c *catalog) specs() []command.Spec {
	var all []command.Spec
	for _, sp := range command.Specs() {
		if c.offered(sp.Name) {
			all = append(all, sp)
		}
	}
	for _, o := range ownCommands() {
		all = append(all, o.Spec)
	}
	slices.SortStableFunc(all, func(a, b command.Spec) int {
		return groupPlace(a.Group) - groupPlace(b.Group)
	})
	return all
}

// groupTitles are the titles of the groups, in display order. A group missing
// here is shown under "Nodes".
var groupTitles = []struct{ group, title string }{
	{"string", "Values"}, {"generic", "Keys"}, {"connection", "Connections"}, {"server", "Nodes"}, {ownGroup, "Command line"},
}

func groupPlace(group string) int {
	nodes := 0
	for i, g := range groupTitles {
		if g.group == group {
			return i
		}
		if g.group == "server" {
			nodes = i
		}
	}
	return nodes
}

func (r *helpResult) status() int { return ExitDone }

func (r *helpResult) data() any {
	type entry struct {
		Name    string `json:"name"`
		Syntax  string `json:"syntax"`
		Summary string `json:"summary"`
		Group   string `json:"group"`
	}
	all := []entry{}
	for _, s := range r.specs {
		all = append(all, entry{s.Name, s.Syntax, s.Summary, s.Group})
	}
	return all
}

func (r *helpResult) text(p *printer) error {
	if r.one {
		s := r.specs[0]
		text := p.paint(bold, s.Name)
		if s.Syntax != "" {
			text += " " + s.Syntax
		}
		text += "\n" + s.Summary
		if r.more != "" {
			text += "\n" + r.more
		}
		return p.line(text)
	}
	place := -1
	for _, s := range r.specs {
		if at := groupPlace(s.Group); at != place {
			title := groupTitles[at].title
			if place >= 0 {
				title = "\n" + title
			}
			place = at
			if err := p.line(p.paint(bold, title)); err != nil {
				return err
			}
		}
		if err := p.line("  " + s.Name + strings.Repeat(" ", max(1, 12-len(s.Name))) + " " + s.Summary); err != nil {
			return err
		}
	}
	return p.line("\nHELP COMMAND shows a command's arguments. Words are quoted as in a shell; - reads standard input.")
}

func cmdExit(_ context.Context, s *session, _ []string) (result, error) {
	s.ended = true
	return nil, nil
}
