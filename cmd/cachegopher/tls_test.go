package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/certs"
	"github.com/cachegopher/cachegopher/internal/certs/certstest"
)

// TestTLSGroup: nodes of a group replicate over TLS and sign in at each other. Clients connect with TLS and
// a password, with a certificate alone, and with neither. A new certificate is loaded, and no connection is
// closed.
func TestTLSGroup(t *testing.T) {
	folder := t.TempDir()
	ca := certstest.New(t, folder)
	cert, key := ca.Issue(t, folder, "machine")
	clientCert, clientKey := ca.Issue(t, folder, "app")
	g := directGroup(t, 1, map[string]any{"common": map[string]any{"max_memory": "64MB"}})
	for _, n := range g.Nodes {
		n.Secure = freeAddress(t)
	}
	g.lead(0)
	g.edit(adds(securityOf(t, folder, fmt.Sprintf(`, "tls_cert": %q, "tls_key": %q, "tls_ca": %q, "tls_clients": "optional", "tls_replication": true`, cert, key, ca.CA))))
	g.startAll()
	nodes := g.nodes
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	connect := func(f certs.Files, more ...client.Option) *client.Client {
		t.Helper()
		return secureClient(t, g.Nodes[0].Config, f, more...)
	}
	c := connect(certs.Files{CA: ca.CA}, client.WithAuth("app", "hunter2"))
	setLarge(ctx, t, c)
	if n, err := c.Wait(ctx, "n0", 1, 20*time.Second); err != nil || n != 1 {
		t.Errorf("%d secondaries have everything, %v", n, err)
	}
	byCert := connect(certs.Files{CA: ca.CA, Cert: clientCert, Key: clientKey})
	if v, err := byCert.DoNode(ctx, "n0", "ACL", "WHOAMI"); err != nil || v.Text() != "app" {
		t.Errorf("a client with a certificate is %v, %v", v, err)
	}
	stranger := connect(certs.Files{CA: ca.CA})
	short, stop := context.WithTimeout(ctx, patience)
	defer stop()
	if _, err := stranger.Get(short, "k1"); err == nil || !strings.Contains(err.Error(), "NOAUTH") {
		t.Errorf("a client without password or certificate: %v", err)
	}

	serial := func() string { return serialOf(t, g.Nodes[0].Secure, ca.CA) }
	old := serial()
	ca.Issue(t, folder, "machine")
	nodes[0].signal(syscall.SIGHUP)
	nodes[0].eventually("new certificate", func() bool { return serial() != old })
	if v, err := c.DoNode(ctx, "n0", "DBSIZE"); err != nil || v.Int != 200 {
		t.Errorf("after the reload: %v, %v", v, err)
	}
	if s := c.Nodes()[0]; s.Errors != 0 {
		t.Errorf("the reload cost %d connections", s.Errors)
	}
	write(t, folder, filepath.Base(cert), "broken")
	nodes[0].signal(syscall.SIGHUP)
	nodes[0].eventually("complaint", func() bool { return strings.Contains(nodes[0].stdout.String(), "the old ones stay in use") })
	serial()
	for _, d := range nodes {
		d.signal(syscall.SIGTERM)
		if status := d.ended(patience); status != exitDone {
			t.Errorf("exit status %d", status)
		}
	}
}

// setLarge stores 200 large values and reads each back.
func setLarge(ctx context.Context, t *testing.T, c *client.Client) {
	t.Helper()
	large := []byte(strings.Repeat("0123456789abcdef", 4000))
	for i := range 200 {
		if err := c.Set(ctx, fmt.Sprint("k", i), large); err != nil {
			t.Fatal(err)
		}
		if got, err := c.Get(ctx, fmt.Sprint("k", i)); err != nil || string(got) != string(large) {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
	}
}

// secureClient makes a client of the config at path that connects with TLS and the given certificates.
func secureClient(t *testing.T, path string, f certs.Files, more ...client.Option) *client.Client {
	t.Helper()
	store, err := certs.Load(f)
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(append(more, client.WithConfigFile(path), client.WithTLS(store.Client("")), client.WithReads(client.ReadPrimary))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() }) //nolint:errcheck // the test is over
	return c
}

// serialOf returns the serial number of the certificate that the node at address shows.
func serialOf(t *testing.T, address, ca string) string {
	t.Helper()
	store, _ := certs.Load(certs.Files{CA: ca})
	host, _, _ := net.SplitHostPort(address)
	conn, err := tls.Dial("tcp", address, store.Client(host))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // only the certificate matters
	return conn.ConnectionState().PeerCertificates[0].SerialNumber.String()
}
