package certs_test

import (
	"context"
	"crypto/tls"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/certs"
	"github.com/cachegopher/cachegopher/internal/certs/certstest"
)

// patience bounds the wait for something that should come at once; the machine may be busy.
const patience = 30 * time.Second

// serial returns the serial number of the certificate that server shows to client; empty: the handshake failed.
func serial(t *testing.T, server, client *tls.Config) string {
	t.Helper()
	a, b := net.Pipe()
	defer a.Close() //nolint:errcheck // ends the other side
	defer b.Close() //nolint:errcheck // ends the other side
	_, _ = a.SetDeadline(time.Now().Add(patience)), b.SetDeadline(time.Now().Add(patience))
	go func() { _ = tls.Server(a, server).Handshake() }()
	c := tls.Client(b, client)
	if c.Handshake() != nil {
		return ""
	}
	return c.ConnectionState().PeerCertificates[0].SerialNumber.String()
}

// node returns a store with a certificate of its own in folder.
func node(t *testing.T) (s *certs.Store, ca *certstest.Authority, folder, cert, key string) {
	t.Helper()
	folder = t.TempDir()
	ca = certstest.New(t, folder)
	cert, key = ca.Issue(t, folder, "node")
	s, err := certs.Load(certs.Files{Cert: cert, Key: key, CA: ca.CA})
	if err != nil {
		t.Fatal(err)
	}
	return s, ca, folder, cert, key
}

// watch makes the store watch its files; reloads receives the result of each reload.
func watch(t *testing.T, s *certs.Store) (reloads chan error) {
	t.Helper()
	reloads = make(chan error, 100)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); s.Watch(ctx, 5*time.Millisecond, func(err error) { reloads <- err }) }()
	t.Cleanup(func() { cancel(); <-ended })
	return reloads
}

// next returns the result of the next reload.
func next(t *testing.T, reloads chan error) error {
	t.Helper()
	select {
	case err := <-reloads:
		return err
	case <-time.After(patience):
		t.Fatal("nobody noticed that the files have changed")
		return nil
	}
}

// TestWatch replaces the certificate of a store that watches its files.
func TestWatch(t *testing.T) {
	s, ca, folder, _, _ := node(t)
	server, client := s.Server(), s.Client("127.0.0.1")
	old := serial(t, server, client)
	if old == "" || serial(t, server, client) != old {
		t.Fatalf("the certificate is %q at first", old)
	}
	reloads := watch(t, s)
	ca.Issue(t, folder, "node")
	for next(t, reloads) != nil {
		// The store read the new certificate before its key was written; it looks again.
	}
	if got := serial(t, server, client); got == old || got == "" {
		t.Errorf("after a change the certificate is %q, as before", got)
	}
}

// TestHalfWritten: while files are being written, or are gone for a moment, the old certificates stay in use. The new
// ones are read once the files are whole.
func TestHalfWritten(t *testing.T) {
	s, ca, _, cert, key := node(t)
	server, client := s.Server(), s.Client("127.0.0.1")
	old := serial(t, server, client)
	reloads := watch(t, s)
	other := t.TempDir()
	newCert, newKey := ca.Issue(t, other, "node")
	read := func(path string) []byte {
		t.Helper()
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	write := func(path string, data []byte) {
		t.Helper()
		// By a rename, so that the store notices each step once.
		if err := os.WriteFile(path+".new", data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	whole, good := read(newCert), read(ca.CA)
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"half of the certificate", func() { write(cert, whole[:len(whole)/2]) }},
		{"a certificate without its key", func() { write(cert, whole) }},
		{"no key", func() { _ = os.Remove(key) }},
		{"a broken authority", func() { write(ca.CA, []byte("-----BEGIN")) }},
	} {
		step.do()
		if next(t, reloads) == nil {
			t.Errorf("%s: accepted", step.name)
		}
		if got := serial(t, server, client); got != old {
			t.Errorf("%s: the certificate is %q, not the one before", step.name, got)
		}
	}
	write(key, read(newKey))
	if next(t, reloads) == nil {
		t.Error("the authority is still half-written")
	}
	write(ca.CA, good)
	if err := next(t, reloads); err != nil {
		t.Errorf("all is whole again: %v", err)
	}
	if got := serial(t, server, client); got == old || got == "" {
		t.Errorf("in the end the certificate is %q", got)
	}
}

func TestLoadRefuses(t *testing.T) {
	folder := t.TempDir()
	ca := certstest.New(t, folder)
	cert, key := ca.Issue(t, folder, "a")
	_, other := ca.Issue(t, folder, "b")
	for name, f := range map[string]certs.Files{
		"no file":                {Cert: filepath.Join(folder, "none.pem"), Key: key},
		"the key of another":     {Cert: cert, Key: other},
		"no authority":           {CA: filepath.Join(folder, "none.pem")},
		"a key as the authority": {CA: key},
	} {
		if _, err := certs.Load(f); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestVersions(t *testing.T) {
	s, _, _, _, _ := node(t)
	old := s.Client("127.0.0.1")
	old.MinVersion, old.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	if serial(t, s.Server(), old) != "" {
		t.Error("TLS 1.2 is accepted by default")
	}
}

func TestParseClients(t *testing.T) {
	for word, want := range map[string]tls.ClientAuthType{
		"": tls.NoClientCert, "none": tls.NoClientCert, "optional": tls.VerifyClientCertIfGiven, "required": tls.RequireAndVerifyClientCert,
	} {
		if got, err := certs.ParseClients(word); err != nil || got != want {
			t.Errorf("%q: %v, %v", word, got, err)
		}
	}
	if _, err := certs.ParseClients("maybe"); err == nil {
		t.Error("maybe is accepted")
	}
}
