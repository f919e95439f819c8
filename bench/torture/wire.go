//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/cachegopher/cachegopher/internal/info"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/internal/wire"
)

// peer is a RESP connection that checks every reply.
type peer = nodeprocess.Conn

// tcp is the socket of a connection without TLS.
func tcp(c net.Conn) *net.TCPConn { return c.(*net.TCPConn) }

// often is the interval at which a state that should come is asked for.
const often = 20 * time.Millisecond

// refused reports whether err is an error reply of the node.
func refused(err error) bool { return errors.As(err, new(wire.ErrorReply)) }

// drain reads for at most limit; the node must close within that time.
func drain(c *peer, limit time.Duration) error {
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
	rep, err := nodeprocess.Ask(ctx, address, "PING")
	if err == nil && rep.Text != "PONG" {
		err = fmt.Errorf("PING is answered %v", rep)
	}
	return err
}

// infoField reads a field of INFO.
func infoField(ctx context.Context, address, name string) (string, error) {
	rep, err := nodeprocess.Ask(ctx, address, "INFO", "all")
	if err != nil {
		return "", err
	}
	v, ok := info.Parse(rep.Text)[name]
	if !ok {
		err = fmt.Errorf("INFO has no %s", name)
	}
	return v, err
}
