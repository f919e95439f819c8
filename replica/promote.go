package replica

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/epochs"
	"github.com/cachegopher/cachegopher/internal/wire"
)

// promoteTimeout bounds how long Promote waits for the primary's answer, and then for the lead.
const promoteTimeout = 3 * time.Second

// Promote makes this secondary the primary, in a group whose primary only operators choose. Without force it asks the
// primary to hand over, and returns once this node leads; an error says why the primary does not. With force, for a dead
// primary, the node leads in the next epoch at once, with the data that it has. If the old primary is alive after all, it
// becomes a secondary when it learns of that epoch, and writes that only it had are lost: see Lost. At a primary that serves
// Promote does nothing. It may take seconds, and must not be called from an event loop.
func (m *Member) Promote(force bool) error {
	m.mu.Lock()
	p, s := m.Part()
	var err error
	switch {
	case m.stopped:
		err = ErrStopped
	case p != nil && !p.isServing():
		err = ErrRecovering
	case p != nil && (m.hand != nil || m.next != nil), p == nil && s == nil:
		err = errRoleChanges
	case s != nil && force:
		now := leadership{epochs.Next(max(m.leads.Load().epoch, m.led()), m.opts.ID), m.opts.ID}
		m.log.Warn("replication: promoted by force; writes that only the old primary has are lost",
			zap.String("old_primary", s.opts.Primary), zap.Uint64("epoch", now.epoch))
		m.yield(now, s.Position())
		m.notify(now)
	}
	dial := m.dial
	m.unlock()
	if err != nil || p != nil || force {
		return err
	}
	return m.askToLead(dial, s)
}

// askToLead asks the primary of s to hand over.
func (m *Member) askToLead(dial Dial, s *Secondary) error {
	ctx, cancel := context.WithTimeout(context.Background(), promoteTimeout)
	defer cancel()
	answer, err := request(ctx, dial, s.opts.Primary, "REPLICA", "HANDOVER", s.opts.Group, m.opts.ID)
	if err != nil {
		return fmt.Errorf("ask the primary, %s, to hand over: %w; PROMOTE FORCE does without it", s.opts.Primary, err)
	}
	if text, refused := strings.CutPrefix(answer, "-"); refused {
		return fmt.Errorf("the primary, %s, does not hand over: %s", s.opts.Primary, strings.TrimPrefix(strings.TrimPrefix(text, "ERR "), ErrHandOver.Error()+": "))
	}
	for !m.Leads() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("the primary, %s, has handed over, and this node does not lead yet", s.opts.Primary)
		case <-time.After(time.Millisecond):
		}
	}
	return nil
}

// request sends a command to a node, on a connection of its own, and returns the first line of the answer.
func request(ctx context.Context, dial Dial, to string, args ...string) (answer string, err error) {
	if dial == nil {
		return "", errors.New("this node does not run yet")
	}
	conn, err := dial(ctx, to)
	if err != nil {
		return "", err
	}
	defer conn.Close() //nolint:errcheck // no longer used
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := conn.Write(wire.Request(nil, args...)); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(conn).ReadSlice('\n')
	return strings.TrimRight(string(line), "\r\n"), err
}

// HandOverAsked executes REPLICA HANDOVER; args are those after these two words. It calls done, from any goroutine, with the
// outcome of the hand-over.
func (m *Member) HandOverAsked(args []string, done func(error)) {
	p, err := m.leading()
	switch {
	case err != nil:
	case len(args) != 2 || args[1] == "":
		err = errors.New("REPLICA HANDOVER takes group and secondary")
	case args[0] != p.group():
		err = fmt.Errorf("this node belongs to group %s, not %s; give both nodes the same config", p.group(), args[0])
	}
	if err != nil {
		done(err)
		return
	}
	m.HandOver(args[1], done)
}
