//go:build linux

package main

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"

	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/internal/certs/authority"
)

// secureSuffix is what the name of a server ends with that is loaded over TLS. Filling, and asking for
// its counters, goes without.
const secureSuffix = "-tls"

// secureAt chooses where s speaks TLS and writes its certificate, as node.pem and node.key in folder.
func (s *server) secureAt(folder string) error {
	port, err := sut.FreePort()
	if err != nil {
		return err
	}
	s.secure = "127.0.0.1:" + port
	ca, err := authority.New(filepath.Join(folder, "ca.pem"))
	if err != nil {
		return err
	}
	_, _, err = ca.Issue(folder, "node")
	return err
}

// redisTLS are the arguments for a listener with TLS at address.
func redisTLS(folder, address string) []string {
	_, port, _ := net.SplitHostPort(address)
	return []string{"--tls-port", port, "--tls-cert-file", filepath.Join(folder, "node.pem"), "--tls-key-file", filepath.Join(folder, "node.key"),
		"--tls-ca-cert-file", filepath.Join(folder, "ca.pem"), "--tls-auth-clients", "no"}
}

// nodeTLS is how the config of a node with TLS at address ends, from within its server on.
func nodeTLS(folder, address string) string {
	return fmt.Sprintf(`, "tls_address": %q}], "security": {"tls_cert": %q, "tls_key": %q}}`,
		address, filepath.Join(folder, "node.pem"), filepath.Join(folder, "node.key"))
}

// secureTable shows what TLS costs. A row's servers are those of secureServers, or without Redis with TLS.
func secureTable(rows []*row) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s CPU a request in us; ratios are medians of the rounds' ratios.\n", origin(rows))
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
