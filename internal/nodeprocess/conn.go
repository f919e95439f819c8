package nodeprocess

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// Conn is a RESP connection for single commands. It is used by one goroutine at a time.
type Conn struct {
	net.Conn
	R *bufio.Reader
}

// Dial opens a Conn.
func Dial(ctx context.Context, address string) (*Conn, error) {
	d := net.Dialer{Timeout: 5 * time.Second}
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return NewConn(c), nil
}

// NewConn makes a Conn of an open connection.
func NewConn(c net.Conn) *Conn { return &Conn{c, bufio.NewReaderSize(c, 64<<10)} }

// Ask sends one command on a connection of its own. An error reply is an error.
func Ask(ctx context.Context, address string, args ...string) (wire.Reply, error) {
	c, err := Dial(ctx, address)
	if err != nil {
		return wire.Reply{}, err
	}
	defer c.Close() //nolint:errcheck // nothing is lost
	return c.Do(10*time.Second, args...)
}

// Do sends a command and reads its reply, within limit. An error reply is an error.
func (c *Conn) Do(limit time.Duration, args ...string) (wire.Reply, error) {
	if err := c.SetDeadline(time.Now().Add(limit)); err != nil {
		return wire.Reply{}, err
	}
	return wire.Do(c, c.R, args...)
}

// Data returns everything that the node at address holds: value and time of expiry by key, as in "v until -1".
func Data(ctx context.Context, address string) (map[string]string, error) {
	c, err := Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	defer c.Close()                                                           //nolint:errcheck // done with it
	if _, err := c.Do(10*time.Second, "TOPOLOGY", "NOREDIRECT"); err != nil { // a secondary's data too
		return nil, err
	}
	all := map[string]string{}
	for cursor := "0"; ; {
		page, err := c.Do(10*time.Second, "SCAN", cursor, "COUNT", "200")
		if err != nil {
			return nil, err
		}
		if err := c.read(all, page.Elems[1].Texts()); err != nil {
			return nil, err
		}
		if cursor = page.Elems[0].Text; cursor == "0" {
			return all, nil
		}
	}
}

// read adds those keys that exist to all. It sends all requests at once.
func (c *Conn) read(all map[string]string, keys []string) error {
	var requests []byte
	for _, k := range keys {
		requests = wire.Request(wire.Request(requests, "GET", k), "PEXPIRETIME", k)
	}
	if _, err := c.Write(requests); err != nil {
		return err
	}
	for _, k := range keys {
		value, err := wire.ReadReply(c.R)
		if err != nil {
			return err
		}
		at, err := wire.ReadReply(c.R)
		if err != nil {
			return err
		}
		if value.Kind == '-' || at.Kind == '-' {
			return fmt.Errorf("reading %.30q: %v, %v", k, value, at)
		}
		if !value.Null && at.Text != "-2" {
			all[k] = value.Text + " until " + at.Text
		}
	}
	return nil
}

// Equal returns the Data of the first node, and an error if that of another one differs.
func Equal(ctx context.Context, first string, others ...string) (map[string]string, error) {
	want, err := Data(ctx, first)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", first, err)
	}
	for _, a := range others {
		got, err := Data(ctx, a)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a, err)
		}
		for k, v := range want {
			if got[k] != v {
				return nil, fmt.Errorf("%s has %.30q=%.40q, the first %.40q", a, k, got[k], v)
			}
		}
		for k := range got {
			if _, ok := want[k]; !ok {
				return nil, fmt.Errorf("%s has %.30q, which is gone", a, k)
			}
		}
	}
	return want, nil
}
