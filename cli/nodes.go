package cli

import (
	"strings"
	"unicode"
)

// nodesResult holds the answer of each node.
type nodesResult struct{ answers []nodeAnswer }

func (r *nodesResult) status() int { return ExitDone }

func (r *nodesResult) data() any {
	m := map[string]any{}
	for _, a := range r.answers {
		if a.err != nil {
			m[a.node.ID] = map[string]any{"error": say(a.err), "status": statusOf(a.err)}
		} else {
			m[a.node.ID] = jsonValue(a.v)
		}
	}
	return m
}

// text shows the answers under the nodes' names, short ones beside them.
func (r *nodesResult) text(p *printer) error {
	for _, a := range r.answers {
		if a.err != nil {
			continue // said on standard error
		}
		name := p.paint(bold, a.node.ID)
		one := isScalar(a.v) && strings.IndexFunc(a.v.Text(), unicode.IsControl) < 0
		if one {
			if err := p.line(name + " " + p.scalar(a.v, false)); err != nil {
				return err
			}
			continue
		}
		if err := p.line(name); err != nil {
			return err
		}
		if err := p.value(a.v, ""); err != nil {
			return err
		}
		if err := p.line(""); err != nil {
			return err
		}
	}
	return nil
}
