package sut

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"path/filepath"

	"github.com/cachegopher/cachegopher/internal/certs/authority"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// withTLS makes members also listen with TLS, with certificates of their own authority.
func (g *Group) withTLS() error {
	if !g.program.secure {
		return errors.New("only cachegopher, redis-server and valkey-server can be started with TLS")
	}
	free, err := nodeprocess.FreeAddresses(len(g.Nodes))
	if err != nil {
		return err
	}
	for i, n := range g.Nodes {
		n.Secure = free[i]
	}
	ca, err := authority.New(filepath.Join(g.Folder, "ca.pem"))
	if err == nil {
		_, _, err = ca.Issue(g.Folder, "node")
	}
	g.secure = true
	return err
}

// keys returns the paths of the files that withTLS made.
func (g *Group) keys() (ca, cert, key string) {
	return filepath.Join(g.Folder, "ca.pem"), filepath.Join(g.Folder, "node.pem"), filepath.Join(g.Folder, "node.key")
}

// redisSecure returns the arguments for a TLS listener.
func redisSecure(g *Group, i int) []string {
	_, port, _ := net.SplitHostPort(g.Nodes[i].Secure)
	ca, cert, key := g.keys()
	return []string{"--tls-port", port, "--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", ca, "--tls-auth-clients", "no"}
}

// anyCertificate is the TLS config for started servers. It verifies no certificate: only the cost of
// the bytes matters.
func anyCertificate() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS13, InsecureSkipVerify: true, VerifyConnection: oneCipher} //nolint:gosec // see above
}

// oneCipher refuses any cipher but the one that all servers choose.
func oneCipher(c tls.ConnectionState) error {
	if c.CipherSuite != tls.TLS_AES_128_GCM_SHA256 {
		return fmt.Errorf("it chose %s: figures would compare ciphers", tls.CipherSuiteName(c.CipherSuite))
	}
	return nil
}
