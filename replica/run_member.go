package replica

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// Dial connects to the node called id.
type Dial func(ctx context.Context, id string) (net.Conn, error)

// tickEvery is how often a member checks for a silent primary and for the end of a hand-over.
const tickEvery = 100 * time.Millisecond

// Run drives the member in all its roles until ctx is done. After that Lead and Follow return ErrStopped.
func (m *Member) Run(ctx context.Context, dial Dial) {
	defer m.stop()
	var all sync.WaitGroup
	defer all.Wait()
	for ctx.Err() == nil {
		t := m.now.Load()
		own, end := context.WithCancel(ctx)
		if t.primary != nil {
			runner := Runner{Primary: t.primary, Dial: dial, Clock: m.opts.Now}
			all.Go(func() { runner.Run(own) })
		}
		m.attend(own, t, dial, &all)
		end() // goroutines of the term that still run touch nothing any more: see retire
	}
}

// attend ticks, and knocks where needed, until the term t is over or ctx is done.
func (m *Member) attend(ctx context.Context, t *term, dial Dial, all *sync.WaitGroup) {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	var serving, ready <-chan struct{}
	switch {
	case t.primary != nil:
		serving = t.primary.Serving()
	case t.secondary != nil:
		serving, ready = t.secondary.Serving(), t.secondary.Ready()
	}
	knocks := make(chan struct{}, 1) // one knock at a time
	for ctx.Err() == nil {
		m.Step()
		if m.now.Load() != t {
			return
		}
		if s := t.secondary; s != nil && s.Tick(m.opts.Now()) {
			select {
			case knocks <- struct{}{}:
				all.Go(func() {
					s.knock(ctx, dial)
					<-knocks
				})
			default:
			}
		}
		select {
		case <-tick.C:
		case <-m.woken:
		case <-serving:
			serving = nil
		case <-ready:
			ready = nil
		case <-ctx.Done():
		}
	}
}

// knockTimeout bounds an attempt to knock.
const knockTimeout = 2 * time.Second

// knock tells the primary that this node is up. It logs no failures: the loss of the primary was logged with its stream.
func (s *Secondary) knock(ctx context.Context, dial Dial) {
	ctx, cancel := context.WithTimeout(ctx, knockTimeout)
	defer cancel()
	conn, err := dial(ctx, s.opts.Primary)
	if err != nil {
		return
	}
	defer conn.Close() //nolint:errcheck // of no use any more
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	request := fmt.Appendf(nil, "*4\r\n$7\r\nREPLICA\r\n$5\r\nKNOCK\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n",
		len(s.opts.Group), s.opts.Group, len(s.opts.ID), s.opts.ID)
	if _, err := conn.Write(request); err == nil {
		_, _ = bufio.NewReader(conn).ReadSlice('\n')
	}
}
