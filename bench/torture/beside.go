//go:build linux

package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

// beside does the attack to another node, and measures meanwhile what the clients of s see, whose node is left alone. The
// attack then costs them no more than the processors that it takes from everything on the machine.
func (e *engine) beside(ctx context.Context, a *attack, f *field, s *standing, o *outcome) (err error) {
	e.nodes++
	other, err := single(e.programs, filepath.Join(e.folder, fmt.Sprintf("node%d-beside", e.nodes)), e.raced, a.settings)
	if err != nil {
		return err
	}
	if err := other.start(); err != nil {
		return err
	}
	defer other.kill()
	if err := other.serving(ctx, 30*time.Second); err != nil {
		return fmt.Errorf("another node to attack: %w", err)
	}
	limit, cancel := a.bound(ctx)
	defer cancel()
	f.ctx, f.node = limit, other
	if err := a.run(f); err != nil {
		return fmt.Errorf("the same to another node: %w", err)
	}
	f.node = s.node
	f.done.Store(0)
	f.replies.Store(0)
	if o.Beside, err = s.polite.take(); err != nil {
		return err
	}
	f.notes.add("p99 %s while the same was done to another node", show(o.Beside.P99))
	return nil
}
