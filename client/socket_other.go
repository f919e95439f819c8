//go:build !unix

package client

import (
	"context"
	"net"
)

// On other systems sockets are only used through net.Conn.

type rawTry struct{}

type rawPeek struct{}

type rawReceive struct{}

func (c *conn) rawReceive([]byte) (n int, handed uint64, err error) {
	panic("client: no raw connection to read from")
}

func (c *conn) unexpected() error { return nil }

type inlineTry struct{}

func (inlineTry) worthIt() bool { return false }

func (c *conn) initRaw() {}

func ensureNonBlocking(net.Conn) {}

func (c *conn) tryWrite([]byte) (int, error) { return 0, nil }

func (c *conn) roundTrip(context.Context, *call) bool {
	panic("client: no round trip without a raw connection")
}
