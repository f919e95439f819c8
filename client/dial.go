package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

var (
	errClosedByNode = errors.New("node closed the connection")
	errDialTimeout  = errors.New("node did not answer within the connect timeout")
)

// dialer opens connections to one node.
type dialer struct {
	places     []place
	timeout    time.Duration // for connecting and the handshake together
	dial       func(ctx context.Context, network, address string) (net.Conn, error)
	user       string
	pass       string
	name       string // announced with CLIENT SETNAME; may be empty
	limits     connLimits
	onTopology func(topology []byte) // for the connections; see readState
}

// open connects to the first place that answers, and makes the handshake. It resolves names
// each time. All places share the connect timeout: each gets an equal part of the time
// left. With watches the node is asked to push changes of the topology.
func (d *dialer) open(ctx context.Context, watches bool) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	end, _ := ctx.Deadline()
	var failed []error
	places := present(d.places)
	for i, p := range places {
		part, done := context.WithTimeout(ctx, time.Until(end)/time.Duration(len(places)-i))
		c, err := d.openAt(part, p, watches)
		done()
		if err == nil {
			return c, nil
		}
		failed = append(failed, err)
		var refused *ServerError
		if errors.As(err, &refused) || ctx.Err() != nil {
			break // the node itself refused: another address leads to the same one
		}
	}
	if len(failed) == 1 {
		return nil, failed[0]
	}
	return nil, errors.Join(failed...)
}

func (d *dialer) openAt(ctx context.Context, p place, watches bool) (*conn, error) {
	nc, err := d.dial(ctx, p.network, p.address)
	if err != nil {
		return nil, fmt.Errorf("dialing: %w", dialCause(ctx, err))
	}
	ensureNonBlocking(nc)
	stop := context.AfterFunc(ctx, func() { nc.SetDeadline(time.Unix(1, 0)) })
	h := &handshake{Conn: nc}
	hello, err := d.greet(h)
	if err == nil && hello.resp3 && hello.server == "redis" { // the name that our nodes give too
		err = hello.routeItself(h, watches)
	}
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		nc.Close()
		return nil, fmt.Errorf("greeting: %w", dialCause(ctx, err))
	}
	nc.SetDeadline(time.Time{})
	c := newConn(nc, d.limits)
	c.handshaken, c.reader.onTopology = hello, d.onTopology
	if err := c.begin(h.rest); err != nil {
		c.fail(err)
		c.goroutines.Wait()
		return nil, fmt.Errorf("greeting: %w", err)
	}
	return c, nil
}

// routeItself has a secondary execute reads, rather than to redirect them. With watches it asks for the topology, and for
// pushes of its changes. If the node refuses that, the topology is nil.
func (hello *helloInfo) routeItself(h *handshake, watches bool) error {
	how := "NOREDIRECT"
	if watches {
		how = "WATCH" // implies NOREDIRECT
	}
	r, err := h.ask(&request{op: OpDo, args: []string{"TOPOLOGY", how}})
	switch {
	case err != nil:
		return err
	case r.err != nil:
		_, err = h.ask(&request{op: OpDo, args: []string{"READONLY"}})
		return err
	case watches && r.typ == '$':
		hello.topology = []byte(r.value().Text())
	}
	return nil
}

// dialCause replaces an expired connect timeout by an error of its own, so that it does
// not match context.DeadlineExceeded: no caller's context has ended.
func dialCause(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
		return errDialTimeout
	}
	return err
}
