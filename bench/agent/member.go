package agent

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
)

// member is the driver's side of a connection to an agent.
type member struct {
	address string
	welcome welcome
	l       *link
	cancel  context.CancelFunc // ends the goroutines
	working sync.WaitGroup

	answers chan *message
	times   chan sample // with the own moment of receiving
	dead    chan struct{}
	err     error // why; set before dead is closed

	mu       sync.Mutex
	progress func(load.Progress)
}

// dial connects to an agent.
func (d *Driver) dial(ctx context.Context, address string) (*member, error) {
	dialer := net.Dialer{Timeout: d.patience()}
	c, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("agent %s: %w", address, err)
	}
	m := &member{address: address, l: newLink(c, d.patience()), answers: make(chan *message, 4), times: make(chan sample, 1), dead: make(chan struct{})}
	ended := context.AfterFunc(ctx, func() { c.Close() }) //nolint:errcheck // it ends the greeting
	defer ended()
	err = m.l.send(&message{Kind: sayHello, Hello: &hello{Version: Version, Token: d.Token, Driver: d.name}})
	var w *message
	if err == nil {
		w, err = m.l.receive(mostHello)
	}
	switch {
	case ctx.Err() != nil:
		err = ctx.Err()
	case err != nil:
	case w.Error != "":
		err = w.fault()
	case w.Kind != sayWelcome || w.Welcome == nil:
		err = errors.New("it sent no welcome")
	case w.Welcome.Version != Version:
		err = fmt.Errorf("it speaks version %d of the protocol, this driver version %d", w.Welcome.Version, Version)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("agent %s: %w", address, err), closed(c))
	}
	m.welcome = *w.Welcome
	ctx, m.cancel = context.WithCancel(context.WithoutCancel(ctx))
	m.working.Go(func() { m.l.beat(ctx) })
	m.working.Go(func() { m.receive(&d.clocks) })
	return m, nil
}

// receive hands on what the agent sends, until the connection ends.
func (m *member) receive(own *clocks) {
	defer close(m.dead)
	for {
		x, err := m.l.receive(mostMessage)
		if err != nil {
			m.err = fmt.Errorf("agent %s is lost: %w", m.address, err)
			return
		}
		switch x.Kind {
		case sayAlive:
		case sayTime:
			if x.Clock != nil && len(m.times) == 0 {
				m.times <- sample{received: own.now(), answer: *x.Clock}
			}
		case sayProgress:
			m.mu.Lock()
			tell := m.progress
			m.mu.Unlock()
			if tell != nil && x.Progress != nil {
				tell(*x.Progress)
			}
		default:
			select {
			case m.answers <- x:
			default:
				m.err = fmt.Errorf("agent %s sends what nobody asked for: %s", m.address, x.Kind)
				return
			}
		}
	}
}

// ask sends a message and waits for its answer.
func (m *member) ask(ctx context.Context, q *message, want kind) (*message, error) {
	if err := m.l.send(q); err != nil {
		return nil, fmt.Errorf("agent %s: %w", m.address, err)
	}
	return m.await(ctx, want)
}

// await waits for an answer. It is returned with an error too, if the agent has sent one.
func (m *member) await(ctx context.Context, want kind) (*message, error) {
	take := func(x *message) (*message, error) {
		if err := x.fault(); err != nil {
			return x, fmt.Errorf("agent %s: %w", m.address, err)
		}
		if x.Kind != want {
			return nil, fmt.Errorf("agent %s: it answered %s, not %s", m.address, x.Kind, want)
		}
		return x, nil
	}
	select {
	case x := <-m.answers:
		return take(x)
	case <-ctx.Done():
		return nil, fmt.Errorf("agent %s: %w", m.address, context.Cause(ctx))
	case <-m.dead:
	}
	select {
	case x := <-m.answers: // its last words
		return take(x)
	default:
		return nil, m.err
	}
}

// clock measures how far the agent's clocks are ahead.
func (m *member) clock(ctx context.Context, own *clocks) (offset, error) {
	all := make([]sample, 0, trips)
	for range trips {
		sent := own.now()
		if err := m.l.send(&message{Kind: askClock}); err != nil {
			return offset{}, fmt.Errorf("agent %s: %w", m.address, err)
		}
		select {
		case s := <-m.times:
			s.sent = sent
			all = append(all, s)
		case <-ctx.Done():
			return offset{}, fmt.Errorf("agent %s: ask for its time: %w", m.address, context.Cause(ctx))
		case <-m.dead:
			return offset{}, m.err
		}
	}
	return offsetOf(all), nil
}

// watch sets what is told of the agent's progress; nil: nothing.
func (m *member) watch(tell func(load.Progress)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.progress = tell
}

// stop ends what the agent does. Its answer then comes soon.
func (m *member) stop() { m.l.send(&message{Kind: sayStop}) } //nolint:errcheck // the receiver finds out

// close ends the connection.
func (m *member) close() error {
	m.cancel()
	err := m.l.conn.Close()
	m.working.Wait()
	return err
}

// within is a context with a bound whose cause says what took too long.
func within(ctx context.Context, d time.Duration, what string) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, d, fmt.Errorf("no %s within %s", what, d))
}

// closed closes a connection that may be closed already.
func closed(c net.Conn) error {
	if err := c.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}
