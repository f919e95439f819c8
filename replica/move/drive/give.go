package drive

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/coordination"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/replica/move"
	"github.com/cachegopher/cachegopher/ring"
)

var (
	errNobody = errors.New("the group that gets the slots has no primary")
	errOther  = errors.New("the group that gets the slots has another primary")
)

// giving carries out one move. Its methods are called from one goroutine, but for those that say otherwise.
type giving struct {
	whole   context.Context // of the Mover; the giving may end before
	m       *Mover
	task    task
	slots   ring.SlotSet
	giver   *move.Giver
	started time.Time
	events  chan func() // results of other goroutines, for the one of the giving
	others  sync.WaitGroup
	at      *progress

	taker coordination.Taker // to which conn leads
	conn  *conn              // nil: none
	take  func(data []byte)  // takes what is received; nil: the giver does
	fails int                // connections that were lost since the last hand-over was tried

	holding   bool          // the node holds writes, or is about to
	halted    chan struct{} // closed when Hold has returned
	heldAt    time.Time
	stages    stages
	suspended bool
	recorded  atomic.Uint64 // the version of the assignment in which the move is done; 0: it is not, or that is not known
	looked    time.Time
}

// lookEvery is how often a giving looks whether the node still leads and the move is still wanted, if nothing wakes it.
const lookEvery = 50 * time.Millisecond

// yieldAfter is after how many lost connections another move has its turn.
const yieldAfter = 5

// give carries out a move until it is done, is no longer wanted, or the node does not lead any more. It returns the id of
// the move if another one should have its turn.
func (m *Mover) give(whole context.Context, t task) (skip string) {
	ctx, cancel := context.WithCancel(whole)
	g := &giving{whole: whole, m: m, task: t, slots: t.Ranges.Set(), started: time.Now(), events: make(chan func(), 16)}
	g.giver = move.NewGiver(move.GiverOptions{
		ID: t.ID, Group: m.o.Group, Epoch: t.epoch, Slots: g.slots, Attempt: m.attempt, Cache: m.o.Cache, Log: m.o.Log, Rate: m.o.Rate,
	})
	g.at = m.begin(t.Move, g.giver)
	m.log.Info("move: begins", zap.String("move", t.ID), zap.String("to", t.To), zap.Int("slots", g.slots.Len()))
	g.run(ctx)
	cancel()
	g.hangUp()
	g.release()
	g.others.Wait() // a commit that is under way comes to its end: until then the slots stay suspended
	switch {
	case g.suspended && g.recorded.Load() != 0: // the term is over, or this process
		m.o.Node.Moved(t.Move, g.recorded.Load())
	case g.suspended && whole.Err() == nil: // certainly not recorded. If this process ends, the other group may answer requests already
		m.o.Node.Suspend(nil)
	}
	m.end(g)
	if g.fails >= yieldAfter {
		return t.ID
	}
	return ""
}

// now is the giver's clock.
func (g *giving) now() time.Duration { return time.Since(g.started) }

// run drives the giver.
func (g *giving) run(ctx context.Context) {
	for ctx.Err() == nil {
		if time.Since(g.looked) >= lookEvery && !g.look() {
			return
		}
		switch a := g.giver.Next(g.now()); a.Do {
		case move.Wait:
			g.wait(ctx, a.Until)
		case move.Dial:
			g.dial(ctx)
		case move.Send:
			g.conn.send(a.Data)
		case move.Close:
			g.fails++
			g.hangUp()
			g.m.count(func(s *topology.Giving) { s.Failed++ })
		case move.Ask:
			g.ask(ctx)
		case move.Hold:
			g.hold(ctx)
		case move.Release:
			g.release()
		case move.Commit:
			g.commit(ctx)
		case move.Done:
			g.finish(ctx)
			return
		case move.Stopped:
			return
		}
	}
}

// look reports whether to go on: the node leads, and the move is wanted or can no longer be stopped.
func (g *giving) look() bool {
	g.looked = time.Now()
	g.at.sample(g.looked)
	if !g.m.current(&g.task) {
		return false
	}
	if to, leads := g.m.o.Assignments.Taker(g.task.To); g.conn != nil && (!leads || to.ID != g.taker.ID || to.Epoch != g.taker.Epoch) {
		g.giver.Broken(errOther)
	}
	wanted := slices.ContainsFunc(g.m.o.Assignments.Assignment().Moves, func(mv topology.Move) bool { return mv.ID == g.task.ID })
	if wanted {
		return g.fails < yieldAfter || g.suspended || !g.m.others(g.task.ID)
	}
	g.giver.Cancel() // does nothing while it is being committed
	return true
}

// wait waits for something to happen, and does what it wants.
func (g *giving) wait(ctx context.Context, until time.Duration) {
	timer := time.NewTimer(min(max(until-g.now(), 0), lookEvery))
	defer timer.Stop()
	select {
	case event := <-g.events:
		event()
	case <-g.m.woken:
		g.looked = time.Time{}
	case <-timer.C:
	case <-ctx.Done():
	}
}

// tell has the giving's goroutine call event, unless ctx ends. Any goroutine may call it.
func (g *giving) tell(ctx context.Context, event func()) {
	select {
	case g.events <- event:
	case <-ctx.Done():
	}
}

// dialWithin bounds an attempt to connect.
const dialWithin = 5 * time.Second

// dial connects to the primary of the other group.
func (g *giving) dial(ctx context.Context) {
	to, ok := g.m.o.Assignments.Taker(g.task.To)
	if !ok {
		g.giver.Broken(errNobody)
		return
	}
	g.others.Go(func() {
		within, cancel := context.WithTimeout(ctx, dialWithin)
		defer cancel()
		c, err := g.m.o.Node.Dial(within, to.Server)
		if err != nil {
			g.tell(ctx, func() { g.giver.Broken(err) })
			return
		}
		made := newConn(c)
		select {
		case g.events <- func() { g.connected(ctx, made, to) }:
		case <-ctx.Done():
			made.close()
		}
	})
}

// connected takes a new connection.
func (g *giving) connected(ctx context.Context, c *conn, to coordination.Taker) {
	if ctx.Err() != nil {
		c.close()
		return
	}
	g.conn, g.taker = c, to
	g.others.Go(c.write)
	g.others.Go(func() {
		err := c.read(func(data []byte) { g.tell(ctx, func() { g.received(c, data) }) })
		c.close()
		g.tell(ctx, func() {
			if g.conn == c {
				g.giver.Broken(err)
			}
		})
	})
	g.giver.Connected()
}

func (g *giving) received(c *conn, data []byte) {
	switch {
	case g.conn != c:
	case g.take != nil:
		g.take(data)
	default:
		g.giver.Received(g.now(), data)
	}
}

// hangUp closes the connection.
func (g *giving) hangUp() {
	if g.conn != nil {
		g.conn.close()
		g.conn = nil
	}
}
