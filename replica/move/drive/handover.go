package drive

import (
	"bytes"
	"context"
	"strconv"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/internal/wire"
)

const (
	// commitWithin is for how long writes are held for a commit whose outcome is not known. They go on then, but for those to
	// the slots, which stay suspended.
	commitWithin = 100 * time.Millisecond
	// answerWithin bounds the wait for etcd before a hand-over.
	answerWithin = time.Second
	// doneWithin bounds the wait for the taker's answer to DONE, which saves clients from being redirected back and forth.
	doneWithin = 20 * time.Millisecond
)

// ask finds out whether etcd answers. A hand-over without it would suspend the slots until it answers again.
func (g *giving) ask(ctx context.Context) {
	g.others.Go(func() {
		within, cancel := context.WithTimeout(ctx, answerWithin)
		defer cancel()
		err := g.m.o.Assignments.Answers(within)
		g.tell(ctx, func() { g.giver.Answered(g.now(), err) })
	})
}

// hold begins to hold writes.
func (g *giving) hold(ctx context.Context) {
	g.fails = 0
	halted := make(chan struct{})
	g.holding, g.halted, g.heldAt = true, halted, time.Now()
	g.stages = stages{}
	g.at.set(handingOver)
	g.others.Go(func() {
		g.m.o.Node.Hold()
		close(halted)
		g.tell(ctx, func() {
			if g.holding && g.halted == halted {
				g.stages.halted = time.Since(g.heldAt)
				g.giver.Held()
			}
		})
	})
}

// release lets writes go on. It waits until Hold has returned, which takes as long as the write that is under way.
func (g *giving) release() {
	if !g.holding {
		return
	}
	g.holding = false
	<-g.halted
	g.m.o.Node.Release()
	g.at.set(copying)
	took := time.Since(g.heldAt)
	g.m.count(func(s *topology.Giving) {
		s.HeldLast, s.HeldMax = took, max(s.HeldMax, took)
	})
}

// commit has the slots' new owner recorded. They are suspended before etcd may know it, since the new owner may take writes from
// then on.
func (g *giving) commit(ctx context.Context) {
	g.suspended = true
	g.stages.confirmed = time.Since(g.heldAt)
	g.m.o.Node.Suspend(&g.slots)
	to := g.taker
	late := time.AfterFunc(commitWithin, func() { g.tell(ctx, g.release) })
	g.others.Go(func() {
		version, err := g.m.o.Assignments.Commit(g.whole, g.task.ID, to)
		late.Stop()
		g.recorded.Store(version)
		g.tell(ctx, func() { g.committed(err) })
	})
}

// committed takes the outcome of a commit. It is known, unless the Mover ends.
func (g *giving) committed(err error) {
	if err != nil {
		g.m.log.Warn("move: the new owner was not recorded; it is tried again", zap.String("move", g.task.ID), zap.Error(err))
		g.suspended = false
		g.m.o.Node.Suspend(nil)
	}
	g.stages.recorded = time.Since(g.heldAt)
	g.giver.Committed(g.now(), err)
}

// finish tells the taker, this node and its secondaries that the move is done, and lets writes go on.
func (g *giving) finish(ctx context.Context) {
	g.m.done[g.task.ID] = true
	g.tellTaker(ctx)
	g.stages.told = time.Since(g.heldAt)
	g.m.o.Node.Moved(g.task.Move, g.recorded.Load())
	g.suspended = false
	g.release()
	p := g.giver.Progress()
	g.m.count(func(s *topology.Giving) { s.Done++ })
	g.m.log.Info("move: done", zap.String("move", g.task.ID), zap.String("to", g.task.To), zap.Int("slots", g.slots.Len()), zap.Uint64("version", g.recorded.Load()),
		zap.Int64("bytes", p.Bytes), zap.Int64("attempts", p.Attempts), zap.Duration("writes_held", time.Since(g.heldAt)), zap.Object("held_until", &g.stages))
}

// tellTaker sends DONE and waits for the answer, but not for long: the taker learns of it from etcd, too.
func (g *giving) tellTaker(ctx context.Context) {
	if g.conn == nil {
		return
	}
	answered := false
	c := g.conn
	g.take = func(data []byte) { answered = answered || bytes.IndexByte(data, '\n') >= 0 }
	c.send(wire.Request(nil, "REPLICA", "IMPORT", "DONE", g.task.ID, strconv.FormatUint(g.recorded.Load(), 10)))
	timer := time.NewTimer(doneWithin)
	defer timer.Stop()
	for !answered && g.conn == c {
		select {
		case event := <-g.events:
			event()
		case <-c.ended:
			return
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
	}
}
