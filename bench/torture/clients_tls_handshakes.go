//go:build linux

package main

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"time"
)

// clientHello returns the first message of a handshake.
func clientHello(keys *tls.Config) ([]byte, error) {
	ours, theirs := net.Pipe()
	defer ours.Close()                      //nolint:errcheck // ends the handshake
	go tls.Client(theirs, keys).Handshake() //nolint:errcheck // it cannot succeed
	b := make([]byte, 16<<10)
	n, err := ours.Read(b)
	return b[:n], err
}

// hello is the first message of a client of the node.
func (f *field) hello() ([]byte, error) {
	keys, err := clientKeys(f.node.folder, "client")
	if err != nil {
		return nil, err
	}
	return clientHello(keys)
}

// handshakeLimit is how long a node waits for the end of a handshake, with a margin.
const handshakeLimit = 12 * time.Second

// stalledHandshakes send nothing, a part of the first message, or all of it, and then wait. The node must close them.
func stalledHandshakes(f *field) error {
	hello, err := f.hello()
	if err != nil {
		return err
	}
	parts := []int{0, 1, 5, len(hello) / 2, len(hello) - 1, len(hello)}
	return f.keep(func(i int) (net.Conn, error) {
		c, err := f.secureConn(i)
		if err != nil {
			return nil, err
		}
		_, err = c.Write(hello[:parts[i%len(parts)]])
		return c, err
	}, func(all []net.Conn) error {
		if err := sleep(f.ctx, pick(f, handshakeLimit, 500*time.Millisecond)); err != nil {
			return err
		}
		return f.cutOff(all)
	})
}

// slowHandshakes send the first message at one byte a second, until the node closes the connection.
func slowHandshakes(f *field) error {
	hello, err := f.hello()
	if err != nil {
		return err
	}
	return f.keep(f.secureConn, func(all []net.Conn) error {
		for second := range pick(f, int(handshakeLimit/time.Second), 1) {
			for _, c := range all {
				c.Write(hello[second : second+1]) //nolint:errcheck // the node may have closed it
			}
			if err := sleep(f.ctx, time.Second); err != nil {
				return err
			}
		}
		return f.cutOff(all)
	})
}

// cutOff expects the node to close connections whose time for a handshake is over.
func (f *field) cutOff(all []net.Conn) error {
	if f.quick {
		return nil
	}
	for i, c := range all {
		if err := c.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, c); err != nil && !gone(err) {
			return fmt.Errorf("connection %d: the node waits for the end of its handshake: %w", i, err)
		}
	}
	return nil
}

// tlsGarbage sends anything but the first message of a handshake: noise, the dialects, HTTP, alerts, records that
// announce huge lengths, and messages that were tampered with.
func tlsGarbage(f *field) error {
	hello, err := f.hello()
	if err != nil {
		return err
	}
	return f.each(8, func(i int, r *rand.Rand) error {
		var b []byte
		switch i % 6 {
		case 0:
			b = []byte("GET k\nPING\n")
		case 1:
			b = []byte("*1\r\n$4\r\nPING\r\n")
		case 2:
			b = []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
		case 3:
			b = []byte{0x16, 3, 1, 0xff, 0xff, 1, 0xff, 0xff, 0xff}
		case 4:
			b = []byte{0x15, 3, 3, 0, 2, 2, byte(r.Uint32())}
		default:
			b = bytes.Clone(hello)
			for range 1 + r.IntN(10) {
				b[r.IntN(len(b))] ^= byte(1 + r.IntN(255))
			}
		}
		return f.throwTo(f.node.secure, i, append(b, noise(r, r.IntN(2000))...))
	})
}
