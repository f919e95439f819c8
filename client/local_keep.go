package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/cachegopher/cachegopher/internal/localreads"
	"github.com/cachegopher/cachegopher/lru/view"
)

const (
	memoryTick   = 50 * time.Millisecond  // between looks at a node's memory
	forgetEvery  = 10                     // looks after which keys are noted again, if too many are read
	memoryFirst  = 100 * time.Millisecond // after the first refusal; then twice as long each time
	memorySeldom = 5 * time.Second        // at the most
)

var errElsewhere = errors.New("the node is on another machine")

// keepMemory keeps the node's memory mapped as long as the node gives it, and tells the node which keys were read, until the
// node is stopped.
func (n *node) keepMemory() {
	tick := time.NewTicker(memoryTick)
	defer tick.Stop()
	defer n.local.drop()
	wait, next := memoryFirst, time.Time{}
	for looks := 0; ; looks++ {
		select {
		case <-tick.C:
		case <-n.stop.Done():
			return
		}
		m := n.local.memory.Load()
		if m != nil && (!m.view.Current() || !m.life.seen(m.notice.Clock(), time.Now())) {
			n.local.give(m)
			m = nil
		}
		switch {
		case m != nil:
			full := m.touched.full()
			n.tell(m)
			if !full || looks%forgetEvery == 0 { // else there is room for other keys
				m.touched.forget()
			}
			wait = memoryFirst
		case n.live.Load() > 0 && time.Now().After(next):
			err := n.fetchMemory()
			n.local.err.Store(&err)
			if err != nil {
				next = time.Now().Add(wait)
				wait = min(2*wait, memorySeldom)
			}
		}
	}
}

// fetchMemory asks the node for its memory and maps it.
func (n *node) fetchMemory() error {
	if !view.Supported {
		return localreads.ErrUnsupported
	}
	ctx, cancel := context.WithTimeout(n.stop, n.opts.connTimeout)
	defer cancel()
	failures := n.stats.errors.Load()
	c, err := n.conn(ctx)
	if err != nil {
		return err
	}
	if !sameMachine(c.nc) {
		return errElsewhere
	}
	path, token, err := n.askMemory(ctx, c)
	if err != nil {
		return err
	}
	board, table, err := localreads.Receive(ctx, path, token)
	if err != nil {
		return err
	}
	defer board.Close()
	defer table.Close()
	m := &localMemory{}
	if m.notice, err = localreads.ReadBoard(board); err != nil {
		return err
	}
	open := view.Open
	if !localreads.Sealed(table) { // it is kept in a folder
		open = view.OpenUnsealed
	}
	if m.view, err = open(table); err != nil {
		return err
	}
	m.life.seen(m.notice.Clock(), time.Now())
	n.local.memory.Store(m)
	if n.stats.errors.Load() != failures || n.live.Load() == 0 { // it may be of a process that has ended
		n.local.give(m)
	}
	return nil
}

// askMemory asks where the memory is handed out, and for a token.
func (n *node) askMemory(ctx context.Context, c *conn) (path, token string, err error) {
	rq := [1]request{{op: OpDo, args: []string{"LOCALREADS", "MAP"}}}
	r, failure := n.ask(ctx, c, rq[:], nil, 0)
	if failure != nil {
		return "", "", failure
	}
	if r.err != nil {
		return "", "", r.err
	}
	v := r.value()
	if len(v.Array) != 2 {
		return "", "", fmt.Errorf("%w: %d parts of a reply to LOCALREADS, want 2", errProtocol, len(v.Array))
	}
	return v.Array[0].Text(), v.Array[1].Text(), nil
}

// tell sends the node the hashes of keys that were read, unless it is busy or nothing was.
func (n *node) tell(m *localMemory) {
	ctx, cancel := context.WithTimeout(n.stop, n.opts.readTimeout)
	defer cancel()
	c, err := n.conn(ctx)
	if err != nil || c.inFlight() >= spreadLargeAbove {
		return
	}
	hashes := m.touched.take()
	if hashes == "" {
		return
	}
	rq := [1]request{{op: OpDo, args: []string{"LOCALREADS", "TOUCH", hashes}}}
	_, _ = n.ask(ctx, c, rq[:], nil, 0) // a lost one makes an eviction less apt
}

// sameMachine reports whether a connection does not leave the machine.
func sameMachine(c net.Conn) bool {
	if c.RemoteAddr().Network() == "unix" {
		return true
	}
	host, _, err := net.SplitHostPort(c.RemoteAddr().String())
	if err != nil {
		return false
	}
	own, _, _ := net.SplitHostPort(c.LocalAddr().String())
	ip := net.ParseIP(host)
	return ip != nil && (ip.IsLoopback() || host == own)
}
