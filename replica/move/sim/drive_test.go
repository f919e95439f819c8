package sim

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/replica/move"
	"github.com/cachegopher/cachegopher/ring"
)

// A node implements drive.Node. A Mover that outlives its process changes nothing any more.

var (
	errDead     = errors.New("the process has ended")
	errNoTaker  = errors.New("this node does not lead its group")
	errNoMove   = errors.New("no such move")
	errRemoving = errors.New("entries of these slots are still being removed")
	errUsed     = errors.New("this group owns or takes one of the slots")
)

func (n *node) Leads() (epoch, term uint64, leads bool) {
	defer n.w.lock()()
	return n.epoch, n.term, n.up && n.leads
}

func (n *node) Term() (term uint64, is bool) {
	defer n.w.lock()()
	return n.term, n.up && n.leads
}

func (n *node) Hold() {
	n.w.sleep(2 * time.Millisecond)
	defer n.w.lock()()
	n.w.judgeAway(n, "holds writes", holdsWithin)
	n.held = !n.w.mutant.skipsHold
}

func (n *node) Release() {
	defer n.w.lock()()
	n.held = false
}

func (n *node) Suspend(slots *ring.SlotSet) {
	defer n.w.lock()()
	n.w.trace("%s suspends: %v", n.id(), slots != nil)
	if slots != nil {
		n.w.judgeAway(n, "suspends slots", suspendsWithin)
	}
	n.suspended = slots
}

func (n *node) Moved(m topology.Move, version uint64) {
	defer n.w.lock()()
	n.w.trace("%s hears that %s is done, up %v", n.id(), m.ID, n.up)
	if n.up {
		n.moved(m, version)
	}
}

func (n *node) Remove(slots *ring.SlotSet, step func()) error {
	n.w.sleep(2 * time.Millisecond)
	defer n.w.lock()()
	switch {
	case !n.up || n.taker == nil:
		return errNoTaker
	case n.owned.Overlaps(slots) || n.taker.Imports(slots):
		return errUsed
	}
	n.w.trace("%s removes", n.id())
	step()
	return nil
}

func (n *node) Dial(_ context.Context, to topology.Server) (net.Conn, error) {
	n.w.sleep(2 * time.Millisecond)
	defer n.w.lock()()
	for _, o := range n.w.nodes[1-n.group] {
		if o.id() != to.ID || !o.up || !o.leads {
			continue
		}
		here, there := net.Pipe()
		o.conns[there] = true
		n.w.running.Go(func() { o.serve(there) })
		return here, nil
	}
	return nil, errDead
}

// id returns the node's id, which its successor in its place has, too. It needs no lock.
func (n *node) id() string { return fmt.Sprintf("%s%d", n.w.name(n.group), n.at) }

// link is the taker's end of a connection.
type link struct {
	n    *node
	move topology.Move
	im   *move.Import
}

// serve answers a giver. Between a request's arrival and its execution other things happen, the end of the connection too.
func (n *node) serve(conn net.Conn) {
	l := &link{n: n}
	defer func() {
		conn.Close()
		n.w.sleep(3 * time.Millisecond)
		if l.im != nil {
			l.im.Close()
		}
	}()
	for in := bufio.NewReader(conn); ; {
		r, err := wire.ReadReply(in)
		if err != nil {
			return
		}
		n.w.sleep([]time.Duration{time.Millisecond, 80 * time.Millisecond}[n.w.pick(200)/199])
		answer := "+OK\r\n"
		if err = l.execute(r.Texts()); err != nil {
			answer = fmt.Sprintf("-ERR %v\r\n", err)
		}
		if _, failed := conn.Write([]byte(answer)); failed != nil || err != nil {
			return
		}
	}
}

func (l *link) execute(args []string) error {
	n := l.n
	defer n.w.lock()()
	switch args[2] {
	case "BEGIN":
		if err := l.begin(args); err != nil {
			return err
		}
		keep := n.w.kept(n)
		for more := true; more; {
			var err error
			if more, err = l.im.Step(100); err != nil {
				return err
			}
		}
		keep()
		return nil
	case "RECORDS":
		return l.im.Records([]byte(args[4]))
	case "CONFIRM":
		return l.confirm()
	}
	n.w.trace("%s: DONE %s", n.id(), args[3:])
	version, err := strconv.ParseUint(args[4], 10, 64)
	if err == nil {
		err = l.im.Done()
	}
	if err == nil {
		n.moved(l.move, version)
	}
	return err
}

// begin goes by the rules of a node: it takes a move that it knows of, and not while its group removes entries of the slots.
func (l *link) begin(args []string) error {
	n := l.n
	epoch, err := strconv.ParseUint(args[5], 10, 64)
	slots, err2 := ring.ParseSlotSet(args[6])
	number, err3 := strconv.ParseUint(args[7], 10, 64)
	at := slices.IndexFunc(n.view.Moves, func(m topology.Move) bool { return m.ID == args[3] && m.To == n.w.name(n.group) })
	switch {
	case err != nil || err2 != nil || err3 != nil || n.taker == nil:
		return errNoTaker
	case at < 0:
		return errNoMove
	}
	for _, r := range n.view.Removing {
		if r.From == n.w.name(n.group) && setOf(r).Overlaps(&slots) {
			return errRemoving
		}
	}
	l.move = n.view.Moves[at]
	n.w.trace("%s begins move %s from epoch %d", n.id(), l.move.ID, epoch)
	l.im, err = n.taker.Begin(args[4], epoch, number, &slots)
	return err
}

// confirm waits until the secondaries have everything, or the run is over. It holds mu at its begin and its end.
func (l *link) confirm() error {
	offset, err := l.im.Confirm()
	for n := l.n; err == nil && n.inStep() < offset && !n.w.mutant.skipsSecondaries; err = cmp.Or(n.w.ctx.Err(), l.im.Valid()) {
		n.w.mu.Unlock()
		n.w.sleep(time.Millisecond)
		n.w.mu.Lock()
	}
	if err == nil && l.n.w.mutant.doneEarly {
		l.n.moved(l.move, l.n.w.etcd.a.Slots.Version+1)
	}
	return err
}
