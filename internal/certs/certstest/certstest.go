// Package certstest is package authority for tests: errors end the test.
package certstest

import (
	"path/filepath"
	"testing"

	"github.com/cachegopher/cachegopher/internal/certs/authority"
)

// Authority signs certificates.
type Authority struct{ *authority.Authority }

// New makes an authority and writes its certificate to ca.pem in folder.
func New(t testing.TB, folder string) *Authority {
	t.Helper()
	a, err := authority.New(filepath.Join(folder, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	return &Authority{a}
}

// Issue issues a certificate called name for 127.0.0.1 and localhost, and writes it and its key to name.pem and name.key
// in folder.
func (a *Authority) Issue(t testing.TB, folder, name string) (cert, key string) {
	t.Helper()
	cert, key, err := a.Authority.Issue(folder, name)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}
