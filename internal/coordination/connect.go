package coordination

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/secret"
)

// Check reads the files that a coordination names, as the node does when it starts.
func Check(c *config.Coordination) error {
	_, err := settings(c)
	return err
}

// settings returns the config of etcd's client.
func settings(c *config.Coordination) (clientv3.Config, error) {
	// gRPC's default pauses grow to two minutes, far longer than a primary may be without its lease.
	reconnect := grpc.ConnectParams{Backoff: backoff.Config{BaseDelay: retryAfter, Multiplier: 1.6, Jitter: 0.2, MaxDelay: c.FailoverAfter / 4}, MinConnectTimeout: time.Second}
	s := clientv3.Config{
		DialOptions: []grpc.DialOption{grpc.WithConnectParams(reconnect)},
		Endpoints:   c.Etcd, Logger: zap.NewNop(), Username: c.User,
		DialTimeout: max(c.FailoverAfter/3, time.Second), DialKeepAliveTime: max(c.FailoverAfter, time.Second), DialKeepAliveTimeout: c.FailoverAfter / 2,
	}
	var err error
	if c.PasswordFile != "" {
		if s.Password, err = secret.Read(c.PasswordFile); err != nil {
			return s, fmt.Errorf("coordination.password_file: %w", err)
		}
	}
	if !slices.ContainsFunc(c.Etcd, func(u string) bool { return strings.HasPrefix(u, "https://") }) {
		return s, nil
	}
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	if c.TLSCA != "" {
		pem, err := os.ReadFile(c.TLSCA)
		if err != nil {
			return s, fmt.Errorf("coordination.tls_ca: %w", err)
		}
		s.TLS.RootCAs = x509.NewCertPool()
		if !s.TLS.RootCAs.AppendCertsFromPEM(pem) {
			return s, errors.New("coordination.tls_ca: no certificate in " + c.TLSCA)
		}
	}
	if c.TLSCert != "" {
		pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
		if err != nil {
			return s, fmt.Errorf("coordination.tls_cert: %w", err)
		}
		s.TLS.Certificates = []tls.Certificate{pair}
	}
	return s, nil
}
