package sut

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// clusterConn is a connection that one request uses at a time.
type clusterConn struct {
	net.Conn
	out, in []byte
	reply   Reply
}

// connPool keeps connections to each node. Any goroutine may use it.
type connPool struct {
	timeout time.Duration // for a reply
	dial    func(ctx context.Context, address string) (*clusterConn, error)
	mu      sync.Mutex
	idle    map[string][]*clusterConn // guarded by mu
}

func (p *connPool) take(ctx context.Context, address string) (*clusterConn, error) {
	p.mu.Lock()
	if n := len(p.idle[address]); n > 0 {
		c := p.idle[address][n-1]
		p.idle[address] = p.idle[address][:n-1]
		p.mu.Unlock()
		return c, nil
	}
	p.mu.Unlock()
	return p.dial(ctx, address)
}

func (p *connPool) put(address string, c *clusterConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.idle == nil {
		p.idle = map[string][]*clusterConn{}
	}
	p.idle[address] = append(p.idle[address], c)
}

func (p *connPool) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, list := range p.idle {
		for _, c := range list {
			errs = append(errs, c.Close())
		}
	}
	p.idle = nil
	return errors.Join(errs...)
}

// exchange makes a request to one node, and calls use with its reply. A connection that has failed is not used again.
func (p *connPool) exchange(ctx context.Context, address string, asking bool, q *Query, use func(r *Reply)) error {
	c, err := p.take(ctx, address)
	if err != nil {
		return err
	}
	until := time.Now().Add(p.timeout)
	if d, ok := ctx.Deadline(); ok && d.Before(until) {
		until = d
	}
	if err := c.exchange(until, asking, q, use); err != nil {
		return errors.Join(err, c.Close())
	}
	p.put(address, c)
	return nil
}

func (c *clusterConn) exchange(until time.Time, asking bool, q *Query, use func(r *Reply)) error {
	if err := c.SetDeadline(until); err != nil {
		return err
	}
	c.out = c.out[:0]
	if asking {
		c.out = append(c.out, "*1\r\n$6\r\nASKING\r\n"...)
	}
	c.out = RESP{}.Append(c.out, q)
	if _, err := c.Write(c.out); err != nil {
		return err
	}
	c.in = c.in[:0]
	for skip := asking; ; {
		n, err := RESP{}.Parse(c.in, q.Kind, 1, &c.reply)
		switch {
		case err != nil:
			return err
		case n > 0 && skip:
			skip = false
			c.in = c.in[:copy(c.in, c.in[n:])]
			continue
		case n > 0:
			use(&c.reply)
			return nil
		}
		if len(c.in) == cap(c.in) {
			c.in = append(c.in, make([]byte, len(c.in)+1<<10)...)[:len(c.in)]
		}
		got, err := c.Read(c.in[len(c.in):cap(c.in)])
		if err != nil {
			return err
		}
		c.in = c.in[:len(c.in)+got]
	}
}
