package drive

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/replica/move"
)

const (
	// removeFor is for how long entries are removed at a time, under the lock that keeps an import from beginning.
	removeFor = time.Millisecond
	// removeRest is how long the Mover rests after that, times as long: it takes a tenth of a core.
	removeRest = 9
	// removeStep is about how many entries are looked at under one hold of a shard's lock.
	removeStep = 256
	// removeAfter is the time between the news that the slots are another group's, which the secondaries get as well, and the
	// first removal. A request that was let pass just before the news is executed by then: it must not miss an entry.
	removeAfter = 200 * time.Millisecond
	// recordAgain is the time between attempts to record that the entries are gone.
	recordAgain = time.Second
)

// remove removes the entries of a move that is done. It returns the move's id if it could not.
func (m *Mover) remove(ctx context.Context, t task) (skip string) {
	slots := t.Ranges.Set()
	at := m.begin(t.Move, nil)
	at.set(removing)
	defer m.endOf(at)
	// An earlier primary may have ended before it told the secondaries: they must redirect requests before they see deletes.
	m.o.Node.Moved(t.Move, t.version)
	if !pause(ctx, removeAfter) {
		return ""
	}
	r := move.NewRemover(m.o.Cache, m.o.Log, &slots)
	for more := true; more; {
		began := time.Now()
		err := m.o.Node.Remove(&slots, func() {
			for more && time.Since(began) < removeFor {
				more = r.Step(removeStep)
			}
		})
		if err != nil {
			m.log.Warn("move: entries of moved slots cannot be removed now; it is tried again", zap.String("move", t.ID), zap.Error(err))
			m.rest(ctx, recordAgain)
			return t.ID
		}
		at.walked(r.Walked())
		// A step that took longer stood still, on a busy machine: then it has not used the processor either.
		if !pause(ctx, removeRest*min(time.Since(began), 2*removeFor)) || !m.current(&t) {
			return ""
		}
	}
	m.count(func(s *topology.Giving) { s.Removed += r.Removed() })
	for m.current(&t) {
		err := m.o.Assignments.Removed(ctx, t.ID)
		if err == nil {
			delete(m.done, t.ID)
			m.log.Info("move: the entries are removed", zap.String("move", t.ID), zap.Int64("entries", r.Removed()))
			return ""
		}
		m.log.Warn("move: cannot record that the entries are removed; it is tried again", zap.String("move", t.ID), zap.Error(err))
		if !pause(ctx, recordAgain) {
			break
		}
	}
	return ""
}

// pause returns false if ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
