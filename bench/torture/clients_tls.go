//go:build linux

package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"time"
)

// tlsAttacks target a listener that requires client certificates. Half of the well-behaved clients use it too.
func tlsAttacks() []attack {
	refused := passLine{counted: map[string]uint64{closedFor("protocol"): 100}} // each is counted
	all := []attack{
		{name: "TLS handshakes that stop half way", full: 1000, quick: 60, line: refused, run: stalledHandshakes},
		{name: "TLS handshakes by one byte a second", full: 500, quick: 30, line: refused, run: slowHandshakes},
		{name: "garbage on the TLS port", full: 5000, quick: 200, line: refused, run: tlsGarbage},
		{name: "downgrades of TLS", full: 1000, quick: 60, line: refused, run: downgrades},
		{name: "TLS with wrong certificates", full: 1000, quick: 60, line: refused, run: wrongCertificates},
		{name: "resets at random points of a TLS connection", full: 3000, quick: 100, run: tlsResets},
		{name: "never reading 64 KB replies, with TLS", full: 500, quick: 40, run: neverReadTLS},
	}
	for i := range all {
		all[i].family, all[i].settings = "clients", settings{tls: true}
	}
	return all
}

// cutter resets its connection after a number of bytes.
type cutter struct {
	net.Conn
	left int
}

var errCut = errors.New("cut")

func (c *cutter) Write(b []byte) (int, error) {
	if c.left -= len(b); c.left > 0 {
		return c.Conn.Write(b)
	}
	n, _ := c.Conn.Write(b[:max(0, len(b)+c.left)])
	reset(c.Conn)
	return n, errCut
}

// tlsResets break connections in their handshake or in their requests.
func tlsResets(f *field) error {
	keys, err := clientKeys(f.node.folder, "client")
	if err != nil {
		return err
	}
	request := []byte("SET reset " + strings.Repeat("r", 1000) + "\nGET reset\n")
	return f.each(8, func(i int, r *rand.Rand) error {
		nc, err := f.secureConn(i)
		if err != nil {
			return err
		}
		defer nc.Close() //nolint:errcheck // done with it
		c := tls.Client(&cutter{nc, r.IntN(6000)}, keys)
		for err == nil {
			_, err = c.Write(request)
		}
		if !errors.Is(err, errCut) {
			return fmt.Errorf("the node closed: %w", err)
		}
		return nil
	})
}

// neverReadTLS is neverRead with TLS.
func neverReadTLS(f *field) error {
	if err := f.store("big", 1, bigValue); err != nil {
		return err
	}
	keys, err := clientKeys(f.node.folder, "client")
	if err != nil {
		return err
	}
	requests := []byte(strings.Repeat("GET big0\n", 300)) // 20 MB of replies
	return f.keep(func(i int) (net.Conn, error) {
		nc, err := f.secureConn(i)
		if err != nil {
			return nil, err
		}
		c := tls.Client(nc, keys)
		if _, err = c.Write(requests); gone(err) {
			err = nil // closed, to keep within client_buffers
		}
		return c, err
	}, func([]net.Conn) error { return sleep(f.ctx, pick(f, 12*time.Second, time.Second)) })
}
