package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/replica"
)

// dial connects to another node: with TLS if the config asks for it, and signed in. What goes wrong once the connection
// is made is a replica.ErrAnswered.
func (s *security) dial(ctx context.Context, n config.Node, address string) (net.Conn, error) {
	if s.TLSReplication {
		return s.connect(ctx, n.TLSAddress, true)
	}
	return s.connect(ctx, address, false)
}

// connect connects to a node at address, written as in a config, and signs in.
func (s *security) connect(ctx context.Context, address string, secure bool) (net.Conn, error) {
	network, at := config.SplitAddress(address)
	conn, err := new(net.Dialer).DialContext(ctx, network, at)
	if err != nil {
		return nil, err
	}
	admitted, err := s.enter(ctx, conn, at, secure)
	if err != nil {
		conn.Close() //nolint:errcheck // of no use
		return nil, answered{err}
	}
	return admitted, nil
}

// enter does what comes before the first request: the handshake and the sign-in.
func (s *security) enter(ctx context.Context, conn net.Conn, at string, secure bool) (net.Conn, error) {
	if secure {
		host, _, _ := net.SplitHostPort(at)
		over := tls.Client(conn, s.certs.Client(host))
		if err := over.HandshakeContext(ctx); err != nil {
			return nil, fmt.Errorf("TLS with %s: %w", at, err)
		}
		conn = over
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	err := s.greet(conn)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	return conn, err
}

// greet signs in at another node, on a connection that is new.
func (s *security) greet(conn net.Conn) error {
	as := s.nodeAs.Load()
	if as == nil {
		return nil
	}
	request := fmt.Appendf(nil, "*3\r\n$4\r\nAUTH\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n", len(as.user), as.user, len(as.password), as.password)
	if _, err := conn.Write(request); err != nil {
		return fmt.Errorf("sign in as %s: %w", as.user, err)
	}
	// A line and no more: nothing else comes before the next request.
	line, err := readLine(conn)
	if err != nil {
		return fmt.Errorf("sign in as %s: %w", as.user, err)
	}
	if line != "+OK" {
		return fmt.Errorf("sign in as %s: %w", as.user, errors.New(strings.TrimPrefix(line, "-")))
	}
	return nil
}

// answered is why a connection to another node, which was made, is of no use: a replica.ErrAnswered.
type answered struct{ error }

func (a answered) Unwrap() []error { return []error{a.error, replica.ErrAnswered} }

// readLine reads a line and not a byte beyond it.
func readLine(r io.Reader) (string, error) {
	var line []byte
	for one := make([]byte, 1); len(line) < 1024; {
		if _, err := io.ReadFull(r, one); err != nil {
			return "", err
		}
		if one[0] == '\n' {
			return strings.TrimSuffix(string(line), "\r"), nil
		}
		line = append(line, one[0])
	}
	return "", errors.New("the answer has no end")
}
