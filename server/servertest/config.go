package servertest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/cachegopher/cachegopher/internal/config"
)

// server, security and file are the keys of a config that this package writes.
type server struct {
	ID          string   `json:"id"`
	Address     string   `json:"address"`
	TLSAddress  string   `json:"tls_address,omitempty"`
	Role        string   `json:"role"`
	Primary     string   `json:"primary,omitempty"`
	Secondaries []string `json:"secondaries,omitempty"`
}

type security struct {
	Users            []user `json:"users,omitempty"`
	NodeUser         string `json:"node_user,omitempty"`
	NodePasswordFile string `json:"node_password_file,omitempty"`
	TLSCert          string `json:"tls_cert,omitempty"`
	TLSKey           string `json:"tls_key,omitempty"`
	TLSCA            string `json:"tls_ca,omitempty"`
	TLSReplication   bool   `json:"tls_replication,omitempty"`
}

type file struct {
	Security *security `json:"security,omitempty"`
	Servers  []server  `json:"servers"`
}

// Config returns the text of a config in which each group's first node is the primary of the others. Its users and
// certificates are those of the first node that has any.
func Config(groups ...[]*Node) string {
	var f file
	for _, g := range groups {
		primary := server{ID: g[0].ID, Address: g[0].Address, TLSAddress: g[0].TLSAddress, Role: config.Primary}
		for _, n := range g[1:] {
			primary.Secondaries = append(primary.Secondaries, n.ID)
			f.Servers = append(f.Servers, server{ID: n.ID, Address: n.Address, TLSAddress: n.TLSAddress, Role: config.Secondary, Primary: g[0].ID})
		}
		f.Servers = append(f.Servers, primary)
		for _, n := range g {
			if f.Security == nil && n.opts.configured() {
				f.Security = n.opts.security()
			}
		}
	}
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		panic(err) // cannot happen with strings and lists
	}
	return string(text) + "\n"
}

// security returns the users and certificates.
func (o *options) security() *security {
	s := &security{Users: o.users}
	if o.nodePassword != "" {
		s.NodeUser, s.NodePasswordFile = nodeUser, o.nodePassword
	}
	if o.tls {
		s.TLSCert, s.TLSKey, s.TLSCA, s.TLSReplication = o.files.cert, o.files.key, o.files.ca, true
	}
	return s
}

// ConfigFile writes Config's text to a file, which is removed when the test ends, and returns its path.
func ConfigFile(t testing.TB, groups ...[]*Node) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), config.FileName)
	if err := os.WriteFile(path, []byte(Config(groups...)), 0o600); err != nil {
		t.Fatalf("servertest: %v", err)
	}
	return path
}
