// Package certs loads a node's certificate and the authorities that it trusts, and loads them again when their files
// change. Existing connections keep the old ones.
package certs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Files names PEM files, and says how to use them.
type Files struct {
	Cert, Key string // of this node; empty for a client without a certificate
	CA        string // trusted authorities; empty: the system's
	// Clients says whether a server asks clients for a certificate.
	Clients tls.ClientAuthType
	// MinVersion is the oldest version of TLS; 0: 1.3.
	MinVersion uint16
}

// Store holds the content of the files. Its methods may be called from any goroutine.
type Store struct {
	files Files
	now   atomic.Pointer[loaded]
	mu    sync.Mutex // held while reloading
}

// loaded is the content of the files at one time. It is immutable.
type loaded struct {
	server *tls.Config
	cert   *tls.Certificate // nil: none
	roots  *x509.CertPool   // nil: the system's
	stamps []stamp
}

// stamp identifies a version of a file.
type stamp struct {
	when time.Time
	size int64
}

// Load reads the files.
func Load(f Files) (*Store, error) {
	if f.MinVersion == 0 {
		f.MinVersion = tls.VersionTLS13
	}
	s := &Store{files: f}
	return s, s.Reload()
}

// Reload reads the files again. After an error the old content stays in use.
func (s *Store) Reload() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := &loaded{stamps: s.stamps()}
	cfg := &tls.Config{MinVersion: s.files.MinVersion, ClientAuth: s.files.Clients}
	if s.files.Cert != "" {
		cert, err := tls.LoadX509KeyPair(s.files.Cert, s.files.Key)
		if err != nil {
			return fmt.Errorf("read the certificate: %w", err)
		}
		l.cert = &cert
		cfg.Certificates = []tls.Certificate{cert}
	}
	if s.files.CA != "" {
		pem, err := os.ReadFile(s.files.CA)
		if err != nil {
			return fmt.Errorf("read the authorities: %w", err)
		}
		l.roots = x509.NewCertPool()
		if !l.roots.AppendCertsFromPEM(pem) {
			return fmt.Errorf("read the authorities: %s has no certificate", s.files.CA)
		}
		cfg.ClientCAs = l.roots
	}
	l.server = cfg
	s.now.Store(l)
	return nil
}

// Server returns the configuration of a listener. New connections use the files that were loaded last.
func (s *Store) Server() *tls.Config {
	return &tls.Config{
		MinVersion:         s.files.MinVersion,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return s.now.Load().server, nil },
	}
}

// Client returns the configuration of a connection to the host called name; empty: the host that is dialed.
func (s *Store) Client(name string) *tls.Config {
	l := s.now.Load()
	cfg := &tls.Config{MinVersion: s.files.MinVersion, RootCAs: l.roots, ServerName: name}
	if l.cert != nil {
		cfg.Certificates = []tls.Certificate{*l.cert}
	}
	return cfg
}

// Watch checks the files at this interval and reloads them after a change, until ctx is done. It calls changed with the
// result of each reload.
func (s *Store) Watch(ctx context.Context, every time.Duration, changed func(error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	tried := s.now.Load().stamps
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if now := s.stamps(); !slices.Equal(now, tried) && !slices.Equal(now, s.now.Load().stamps) {
			tried = now
			changed(s.Reload())
		}
	}
}

func (s *Store) stamps() []stamp {
	var all []stamp
	for _, path := range []string{s.files.Cert, s.files.Key, s.files.CA} {
		var one stamp
		if info, err := os.Stat(path); err == nil {
			one = stamp{info.ModTime(), info.Size()}
		}
		all = append(all, one)
	}
	return all
}

// ParseClients returns the value of Files.Clients for none, optional or required; "" means none.
func ParseClients(word string) (tls.ClientAuthType, error) {
	switch word {
	case "", "none":
		return tls.NoClientCert, nil
	case "optional":
		return tls.VerifyClientCertIfGiven, nil
	case "required":
		return tls.RequireAndVerifyClientCert, nil
	}
	return 0, errors.New("tls_clients must be none, optional or required")
}
