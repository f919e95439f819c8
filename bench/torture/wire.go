//go:build linux

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// peer is a RESP connection that checks every reply.
type peer struct {
	net.Conn
	r *bufio.Reader
}

// errReply is the cause when the node answers with an error.
var errReply = errors.New("error reply")

// reader gives the connection a buffer to read replies from.
func (c *peer) reader() { c.r = bufio.NewReaderSize(c.Conn, 64<<10) }

func connect(ctx context.Context, address string) (*peer, error) {
	d := net.Dialer{Timeout: 5 * time.Second}
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &peer{c, bufio.NewReaderSize(c, 64<<10)}, nil
}

// do sends a command and reads its reply, within limit.
func (c *peer) do(limit time.Duration, args ...string) (wire.Reply, error) {
	if err := c.SetDeadline(time.Now().Add(limit)); err != nil {
		return wire.Reply{}, err
	}
	if _, err := c.Write(wire.Request(nil, args...)); err != nil {
		return wire.Reply{}, err
	}
	rep, err := wire.ReadReply(c.r)
	if err == nil && rep.Kind == '-' {
		err = fmt.Errorf("%w: %s", errReply, rep.Text)
	}
	return rep, err
}

// greet wants a PONG.
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
	for l := range strings.Lines(rep.Text) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(l), name+":"); ok {
			return v, nil
		}
	}
	return "", fmt.Errorf("INFO has no %s", name)
}
