// Package certstest makes certificates for tests.
package certstest

import (
	"path/filepath"
	"testing"

	"github.com/cachegopher/cachegopher/internal/certs/authority"
)

// Authority signs certificates.
type Authority struct{ *authority.Authority }

// New makes an authority whose file lies in folder.
func New(t testing.TB, folder string) *Authority {
	t.Helper()
	a, err := authority.New(filepath.Join(folder, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	return &Authority{a}
}

// Issue writes the certificate of name, for 127.0.0.1 and localhost, and its key, as NAME.pem and
// NAME.key in folder.
func (a *Authority) Issue(t testing.TB, folder, name string) (cert, key string) {
	t.Helper()
	cert, key, err := a.Authority.Issue(folder, name)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}
