package node

import (
	"cmp"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/server"
)

// stop ends the connections of clients. First the requests received are answered, then a primary waits for its secondaries,
// and then for clients that have not taken their replies. The secondaries have a time of their own, which no client can
// shorten: the requests that are left when it begins, because their client reads slowly, are dropped.
func (n *Node) stop() error {
	limit := cmp.Or(n.opts.StopTimeout, server.DefaultStopTimeout)
	by := time.Now().Add(limit - n.repl.leaving())
	handled := by
	if p := n.repl.leads(); p != nil && p.Acked(0) > 0 {
		handled = by.Add(-min(settleTimeout, limit/2))
	}
	n.sessions.EndPauses() // or the requests that wait for a hand-over to end would be dropped
	n.server.Drain(handled)
	if p := n.repl.leads(); p != nil {
		n.settle(p)
	}
	return n.server.Stop(by)
}

// settle waits until the secondaries in step have every acknowledged write, and logs whether they do: an operator needs to
// know before making one of them the primary.
func (n *Node) settle(p *replica.Primary) {
	offset, secondaries := p.Offset(), p.Acked(0)
	fields := []zap.Field{zap.Uint64("offset", offset), zap.Int("secondaries_in_step", secondaries)}
	if settle(p, settleTimeout) {
		if secondaries > 0 {
			n.repl.member.Settled()
		}
		n.log.Info("stopping: the secondaries in step have every write", fields...)
	} else {
		n.log.Warn("stopping although a secondary lacks the last writes: it did not confirm them in time", append(fields, zap.Duration("after", settleTimeout))...)
	}
}

// settleTimeout bounds how long a primary that stops, or that becomes a secondary, waits until its secondaries have every
// write. Those in step confirm within milliseconds, but on a busy machine it may take longer. A write that no secondary has
// by then may be lost.
const settleTimeout = 2 * time.Second

// settle waits until the secondaries of p that are in step have every write. It returns false if that takes longer than limit.
func settle(p *replica.Primary, limit time.Duration) bool {
	done := make(chan struct{})
	cancel := p.Wait(p.Offset(), p.Acked(0), func() { close(done) })
	defer cancel()
	select {
	case <-done:
		return true
	case <-time.After(limit):
		return false
	}
}

// leads returns the node's part as the primary of its group; nil: it is alone, or a secondary.
func (r *replication) leads() *replica.Primary {
	if r == nil {
		return nil
	}
	p, _ := r.member.Part()
	return p
}
