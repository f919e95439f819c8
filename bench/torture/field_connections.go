//go:build linux

package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"syscall"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// eachConn is each with a connection for every fault, which is closed after it.
func (f *field) eachConn(parallel int, do func(i int, r *rand.Rand, c *peer) error) error {
	return f.each(parallel, func(i int, r *rand.Rand) error {
		return f.withConn(f.node.address, i, func(c *peer) error { return do(i, r, c) })
	})
}

// withConn connects to address as conn does, and closes the connection when do returns.
func (f *field) withConn(address string, i int, do func(c *peer) error) error {
	c, err := dialFrom(f.ctx, address, i)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // done with it
	return do(nodeprocess.NewConn(c))
}

// conn connects to the node as an attacker: from one of several addresses, so that ephemeral ports suffice.
func (f *field) conn(i int) (net.Conn, error) { return dialFrom(f.ctx, f.node.address, i) }

// secureConn is conn to the TLS port, without a handshake yet.
func (f *field) secureConn(i int) (net.Conn, error) { return dialFrom(f.ctx, f.node.secure, i) }

func dialFrom(ctx context.Context, address string, i int) (net.Conn, error) {
	d := net.Dialer{Timeout: 20 * time.Second, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+i%60))}}
	for try := 0; ; try++ {
		c, err := d.DialContext(ctx, "tcp", address)
		if err == nil {
			return c, c.SetDeadline(time.Now().Add(60 * time.Second))
		}
		// A full accept queue resets connections; the attack tries again, as a client library would.
		if try >= 20 || !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EADDRNOTAVAIL) {
			return nil, err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// hold opens f.count connections, prepares each, keeps all for a while, and closes them.
func (f *field) hold(d time.Duration, prepare func(i int, c net.Conn) error) error {
	return f.keep(func(i int) (net.Conn, error) {
		c, err := f.conn(i)
		if err != nil {
			return nil, err
		}
		return c, prepare(i, c)
	}, func([]net.Conn) error { return sleep(f.ctx, d) })
}

// keep opens f.count connections, closes them after meanwhile, and returns its error. open may return a connection
// with an error.
func (f *field) keep(open func(i int) (net.Conn, error), meanwhile func([]net.Conn) error) error {
	conns := make([]net.Conn, f.count)
	err := f.each(16, func(i int, _ *rand.Rand) (err error) {
		conns[i], err = open(i)
		return err
	})
	if err == nil {
		err = meanwhile(conns)
	}
	for _, c := range conns {
		if c != nil {
			c.Close() //nolint:errcheck // done with it
		}
	}
	return err
}

// reset closes c so that the peer gets a RST.
func reset(c net.Conn) {
	tcp(c).SetLinger(0) //nolint:errcheck // it may be closed already
	c.Close()           //nolint:errcheck // likewise
}

// gone reports whether err says that the connection was closed, which a node may do after a malformed request.
func gone(err error) bool {
	var ne net.Error
	return err != nil && !(errors.As(err, &ne) && ne.Timeout())
}
