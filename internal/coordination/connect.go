package coordination

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
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

// handshake tries TLS with etcd's members. It returns an error if a member can be reached and TLS with it fails.
func (c *Coordinator) handshake() error {
	for _, u := range c.o.Etcd {
		address, secure := strings.CutPrefix(u, "https://")
		if !secure {
			continue
		}
		dialer := net.Dialer{Timeout: c.o.FailoverAfter / 4}
		conn, err := tls.DialWithDialer(&dialer, "tcp", strings.TrimSuffix(address, "/"), c.settings.TLS)
		if err == nil {
			_ = conn.SetReadDeadline(time.Now().Add(c.o.FailoverAfter / 4))
			_, err = conn.Read(make([]byte, 1)) // a server refuses a client's certificate after the handshake
			conn.Close()                        //nolint:errcheck // nothing was sent
		}
		var certificate *tls.CertificateVerificationError
		var alert tls.AlertError
		var refused *net.OpError
		switch {
		case errors.As(err, &certificate), errors.As(err, &alert), errors.As(err, &refused) && refused.Op == "remote error":
			return fmt.Errorf("TLS with %s: tls: %w", u, err)
		}
	}
	return nil
}

// window is how many bytes of answers etcd may send before the node has taken them.
const window = 1 << 20

// settings returns the config of etcd's client.
func settings(c *config.Coordination) (clientv3.Config, error) {
	// gRPC's default pauses grow to two minutes, far longer than a primary may be without its lease.
	reconnect := grpc.ConnectParams{Backoff: backoff.Config{BaseDelay: retryAfter, Multiplier: 1.6, Jitter: 0.2, MaxDelay: c.FailoverAfter / 4}, MinConnectTimeout: time.Second}
	s := clientv3.Config{
		// With windows of fixed size gRPC does not measure the connection by a ping for each answer.
		DialOptions: []grpc.DialOption{grpc.WithConnectParams(reconnect), grpc.WithInitialWindowSize(window), grpc.WithInitialConnWindowSize(window), grpc.WithStatsHandler(dispatches{})},
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
