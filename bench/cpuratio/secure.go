//go:build linux

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/bench/target"
)

// secureSuffix is what the name of a server ends with that is loaded over TLS. Filling, and asking for
// its counters, goes without.
const secureSuffix = "-tls"

// secureAt chooses where s speaks TLS and writes its certificate, as node.pem and node.key in folder.
func (s *server) secureAt(folder string) error {
	port, err := target.FreePort()
	if err != nil {
		return err
	}
	s.secure = "127.0.0.1:" + port
	if err := writeCertificate(filepath.Join(folder, "node.pem"), filepath.Join(folder, "node.key")); err != nil {
		return fmt.Errorf("make a certificate: %w", err)
	}
	return nil
}

// redisTLS are the arguments for a listener with TLS at address.
func redisTLS(folder, address string) []string {
	_, port, _ := net.SplitHostPort(address)
	cert := filepath.Join(folder, "node.pem")
	return []string{"--tls-port", port, "--tls-cert-file", cert, "--tls-key-file", filepath.Join(folder, "node.key"),
		"--tls-ca-cert-file", cert, "--tls-auth-clients", "no"}
}

// nodeTLS is how the config of a node with TLS at address ends, from within its server on.
func nodeTLS(folder, address string) string {
	return fmt.Sprintf(`, "tls_address": %q}], "security": {"tls_cert": %q, "tls_key": %q}}`,
		address, filepath.Join(folder, "node.pem"), filepath.Join(folder, "node.key"))
}

// writeCertificate makes a certificate for 127.0.0.1 that is good for a day and signed by itself, with the
// kind of key that both servers handle fastest.
func writeCertificate(cert, key string) error {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "bench"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		return err
	}
	if err := os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		return err
	}
	if der, err = x509.MarshalPKCS8PrivateKey(private); err != nil {
		return err
	}
	return os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600)
}

// secureTable shows what TLS costs. A row's servers are those of secureServers, or without Redis with TLS.
func secureTable(rows []*row) string {
	var b strings.Builder
	var versions, machines, dates []string
	for _, r := range rows {
		machines, dates = append(machines, r.Machine), append(dates, r.When)
		for _, m := range r.Servers {
			versions = append(versions, m.Version)
		}
	}
	fmt.Fprintf(&b, "\n%s; %s; %s. CPU a request in us; ratios are medians of the rounds' ratios.\n", list(machines), list(versions), list(dates))
	b.WriteString("\n| work | ours, plain | ours, TLS | times | Redis, plain | Redis, TLS | times | ours to Redis, plain | ours to Redis, TLS | busy, ours and Redis with TLS | others |\n|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range rows {
		redis, ours, secure := &r.Servers[0], &r.Servers[1], &r.Servers[len(r.Servers)-1]
		costs, times, ratio, used := "SKIPPED", "", "", ""
		if len(r.Servers) == len(secureServers) {
			costs, times = fmt.Sprintf("%.2f", r.Servers[2].median(micros)), fmt.Sprintf("%.2f", r.ratioOf(2, 0))
			ratio, used = fmt.Sprintf("**%.2f**", r.ratioOf(3, 2)), fmt.Sprintf(", %.0f%%", 100*r.Servers[2].median(busy))
		}
		fmt.Fprintf(&b, "| %s | %.2f | %.2f | %.2f | %.2f | %s | %s | %.2f | %s | %.0f%%%s | %.0f%% |\n", r.Name,
			ours.median(micros), secure.median(micros), r.ratioOf(len(r.Servers)-1, 1), redis.median(micros), costs, times,
			r.ratioOf(1, 0), ratio, 100*secure.median(busy), used, 100*secure.median(others))
	}
	b.WriteString("\n")
	return b.String()
}
