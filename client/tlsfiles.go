package client

import (
	"crypto/tls"
	"errors"

	"github.com/cachegopher/cachegopher/internal/certs"
)

// WithTLSFiles encrypts connections with TLS 1.2 or later. ca is a PEM file with the
// trusted authorities; empty: those of the system. cert and key are PEM files with the
// client's certificate, for nodes that require one; give both or neither. New reads the
// files once. For other settings use WithTLS.
func WithTLSFiles(ca, cert, key string) Option {
	return func(o *options) error {
		if (cert == "") != (key == "") {
			return errors.New("a certificate and its key belong together; give both files or none")
		}
		store, err := certs.Load(certs.Files{CA: ca, Cert: cert, Key: key, MinVersion: tls.VersionTLS12})
		if err != nil {
			return err
		}
		o.tls = store.Client("")
		return nil
	}
}
