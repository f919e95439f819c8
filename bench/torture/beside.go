//go:build linux

package main

import (
	"context"
	"fmt"
)

// control starts another node of the settings of a, which the attack leaves alone, with clients of its own. What these see
// meanwhile is what the attack costs everyone on the machine. It returns nil unless the pass line asks for one.
func (e *engine) control(ctx context.Context, a *attack) (*standing, error) {
	if !a.line.beside || e.quick || e.shared || e.raced {
		return nil, nil
	}
	s, err := e.stand(ctx, a.settings, false)
	if err != nil {
		return nil, fmt.Errorf("a node to leave alone: %w", err)
	}
	return s, nil
}

// leave ends s, which may be nil; nothing depends on how it ends.
func (s *standing) leave() {
	if s != nil {
		s.polite.stop()
		s.kill()
	}
}

// clients returns the clients of s, which may be nil; nil: none.
func (s *standing) clients() *polite {
	if s == nil {
		return nil
	}
	return s.polite
}

// compared says how many times as long as before clients waited at the node, and at the one that was left alone.
func (o *outcome) compared() string {
	text := fmt.Sprintf("p99 %.1f times calm", times(o.Calm, o.During))
	if o.Beside.Requests > 0 {
		text += fmt.Sprintf("; at a node left alone %s, before %s, %.1f times", show(o.Beside.P99), show(o.BesideCalm.P99), times(o.BesideCalm, o.Beside))
	}
	return text
}

func times(calm, during seen) float64 { return float64(during.P99) / float64(max(calm.P99, 1)) }
