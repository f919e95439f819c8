//go:build linux

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/cachegopher/cachegopher/internal/info"
	"github.com/cachegopher/cachegopher/internal/wire"
)

// peer is a RESP connection that checks every reply.
type peer struct {
	*net.TCPConn
	r *bufio.Reader
}

func newPeer(c net.Conn) *peer {
	return &peer{c.(*net.TCPConn), bufio.NewReaderSize(c, 64<<10)}
}

// refused reports whether err is an error reply of the node.
func refused(err error) bool { return errors.As(err, new(wire.ErrorReply)) }

func connect(ctx context.Context, address string) (*peer, error) {
	d := net.Dialer{Timeout: 5 * time.Second}
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return newPeer(c), nil
}

// do sends a command and reads its reply, within limit.
func (c *peer) do(limit time.Duration, args ...string) (wire.Reply, error) {
	if err := c.SetDeadline(time.Now().Add(limit)); err != nil {
		return wire.Reply{}, err
	}
	return wire.Do(c, c.r, args...)
}

// drain reads for at most limit; the node must close within that time.
func (c *peer) drain(limit time.Duration) error {
	if err := c.SetReadDeadline(time.Now().Add(limit)); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, c); err != nil && !gone(err) {
		return fmt.Errorf("the node neither answers nor closes: %w", err)
	}
	return nil
}

// greet sends PING and expects PONG.
func greet(ctx context.Context, address string) error {
	rep, err := ask(ctx, address, "PING")
	if err == nil && rep.Text != "PONG" {
		err = fmt.Errorf("PING is answered %v", rep)
	}
	return err
}

// ask sends one command over a connection of its own.
func ask(ctx context.Context, address string, args ...string) (wire.Reply, error) {
	c, err := connect(ctx, address)
	if err != nil {
		return wire.Reply{}, err
	}
	defer c.Close() //nolint:errcheck // done with it
	return c.do(10*time.Second, args...)
}

// infoField reads a field of INFO.
func infoField(ctx context.Context, address, name string) (string, error) {
	rep, err := ask(ctx, address, "INFO", "all")
	if err != nil {
		return "", err
	}
	v, ok := info.Parse(rep.Text)[name]
	if !ok {
		err = fmt.Errorf("INFO has no %s", name)
	}
	return v, err
}
