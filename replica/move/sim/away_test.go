package sim

import (
	"context"
	"time"
)

// leave makes etcd silent for a while. REQUIRES mu.
func (w *world) leave() {
	e := &w.etcd
	if !e.away.IsZero() {
		return
	}
	w.trace("etcd does not answer")
	e.away = time.Now()
	w.after(w.ctx, time.Duration(50+w.pick(650))*time.Millisecond, func() {
		w.trace("etcd answers again")
		e.away = time.Time{}
	})
}

// Answers implements drive.Assignments.
func (n *node) Answers(context.Context) error {
	n.w.sleep(2 * time.Millisecond)
	defer n.w.lock()()
	if !n.w.etcd.away.IsZero() && !n.w.mutant.asksNobody {
		return errAway
	}
	return nil
}

// reach waits until etcd answers, or ctx ends.
func (n *node) reach(ctx context.Context) {
	for away := true; away && ctx.Err() == nil; {
		unlock := n.w.lock()
		away = !n.w.etcd.away.IsZero()
		unlock()
		if away {
			time.Sleep(5 * time.Millisecond)
		}
	}
}

// The longest times between etcd's answer and the steps of the hand-over that it allows.
const (
	holdsWithin    = 60 * time.Millisecond
	suspendsWithin = 150 * time.Millisecond
)

// judgeAway checks that no hand-over begins without etcd: what is one of its steps. REQUIRES mu.
func (w *world) judgeAway(n *node, what string, within time.Duration) {
	if away := w.etcd.away; n.up && !away.IsZero() && time.Since(away) > within {
		w.fail("%s %s, though etcd has not answered for %v", n.id(), what, time.Since(away))
	}
}
