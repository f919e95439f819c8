//go:build linux

package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"time"

	"github.com/cachegopher/cachegopher/internal/certs"
	"github.com/cachegopher/cachegopher/internal/certs/authority"
)

// issue writes the certificates of a node with TLS and of its clients into folder, and returns the settings of the
// node's config that name them.
func issue(folder string) (map[string]any, error) {
	ca, err := authority.New(filepath.Join(folder, "ca.pem"))
	if err != nil {
		return nil, err
	}
	cert, key, err := ca.Issue(folder, "node")
	for name, change := range map[string]func(*x509.Certificate){
		"client":  func(*x509.Certificate) {},
		"expired": func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) },
		"server":  func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} },
	} {
		if err == nil {
			_, _, err = ca.Issue(folder, name, change)
		}
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
			return fmt.Errorf("a client that must be refused is answered %q", got[:n])
		}
	}
	if !gone(err) {
		return fmt.Errorf("a handshake that must fail: %w", err)
	}
	return nil
}
