//go:build linux

package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/certs"
	"github.com/cachegopher/cachegopher/internal/certs/authority"
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

// issue writes the certificates of a node with TLS and of its clients into folder, and returns what the node's config
// says of them.
func issue(folder string) (map[string]any, error) {
	ca, err := authority.New(filepath.Join(folder, "ca.pem"))
	if err != nil {
		return nil, err
	}
	cert, key, err := ca.Issue(folder, "node")
	if err == nil {
		_, _, err = ca.Issue(folder, "client")
	}
	if err == nil {
		_, _, err = ca.Issue(folder, "expired", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	}
	if err == nil {
		_, _, err = ca.Issue(folder, "server", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })
	}
	if err != nil {
		return nil, err
	}
	other, err := authority.New(filepath.Join(folder, "other.pem"))
	if err == nil {
		_, _, err = other.Issue(folder, "stranger")
	}
	return map[string]any{"tls_cert": cert, "tls_key": key, "tls_ca": ca.CA, "tls_clients": "required"}, err
}

// clientKeys is the TLS config of a client called name for the node whose certificates are in folder.
func clientKeys(folder, name string) (*tls.Config, error) {
	s, err := certs.Load(certs.Files{Cert: filepath.Join(folder, name+".pem"), Key: filepath.Join(folder, name+".key"), CA: filepath.Join(folder, "ca.pem")})
	if err != nil {
		return nil, err
	}
	return s.Client("127.0.0.1"), nil
}

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

// secureConn connects to the TLS port, without a handshake yet.
func (f *field) secureConn(i int) (net.Conn, error) {
	c, err := dialFrom(f.ctx, f.node.secure, i)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// handshakeLimit is how long a node waits for the end of a handshake, with a margin.
const handshakeLimit = 12 * time.Second

// stalledHandshakes say nothing, a part of the first message, or all of it and then nothing. The node must close them.
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
	return f.keep(func(i int) (net.Conn, error) { return f.secureConn(i) }, func(all []net.Conn) error {
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

// cutOff expects connections to be closed by the node, after it had time enough.
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
		for range r.IntN(2000) {
			b = append(b, byte(r.Uint32()))
		}
		return f.throwTo(f.node.secure, i, b)
	})
}

// downgrades ask for versions older than the node allows.
func downgrades(f *field) error {
	keys, err := clientKeys(f.node.folder, "client")
	if err != nil {
		return err
	}
	return f.each(8, func(i int, _ *rand.Rand) error {
		old := keys.Clone()
		old.MinVersion = tls.VersionTLS10
		old.MaxVersion = []uint16{tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12}[i%3]
		return f.letIn(i, old)
	})
}

// wrongCertificates connect with no certificate, or with one that is not valid for a client.
func wrongCertificates(f *field) error {
	var all []*tls.Config
	for _, name := range []string{"client", "stranger", "expired", "server"} {
		keys, err := clientKeys(f.node.folder, name)
		if err != nil {
			return err
		}
		all = append(all, keys)
	}
	right, stranger := all[0].Certificates[0], all[1].Certificates[0]
	all[0].Certificates = nil
	stolen := all[1].Clone() // the right certificate without its key
	stolen.Certificates = []tls.Certificate{{Certificate: right.Certificate, PrivateKey: stranger.PrivateKey}}
	all = append(all, stolen)
	for _, keys := range all[1:] { // any CA that the node might trust
		cert := keys.Certificates[0]
		keys.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &cert, nil }
	}
	return f.each(8, func(i int, _ *rand.Rand) error { return f.letIn(i, all[i%len(all)]) })
}

// letIn tries to get an answer with keys that must be refused. A TLS 1.3 client considers its handshake complete before
// the node has verified the client's certificate.
func (f *field) letIn(i int, keys *tls.Config) error {
	nc, err := f.secureConn(i)
	if err != nil {
		return err
	}
	c := tls.Client(nc, keys)
	defer c.Close() //nolint:errcheck // done with it
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return err
	}
	if err = c.HandshakeContext(f.ctx); err == nil {
		_, err = io.WriteString(c, "PING\n")
	}
	got := make([]byte, 16)
	if err == nil {
		n := 0
		if n, err = c.Read(got); n > 0 {
			return fmt.Errorf("a client that is not to be let in is answered %q", got[:n])
		}
	}
	if !gone(err) {
		return fmt.Errorf("a handshake that must fail: %w", err)
	}
	return nil
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
	reset(c.Conn.(*net.TCPConn))
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

// neverReadTLS requests endless replies and reads none.
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
