package node

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/replica"
)

// dial connects to the server called id, at the first of its addresses that accepts, and signs in.
func (r *replication) dial(ctx context.Context, id string) (net.Conn, error) {
	s, ok := r.topology.Now().Server(id)
	if !ok {
		return nil, fmt.Errorf("the config has no server %s", id)
	}
	return r.dialServer(ctx, s)
}

// dialServer is dial for a server that is known.
func (r *replication) dialServer(ctx context.Context, s topology.Server) (net.Conn, error) {
	return r.sec.dialServer(ctx, s)
}

func (s *security) dialServer(ctx context.Context, to topology.Server) (net.Conn, error) {
	var errs []error
	for _, a := range to.Addresses {
		conn, err := s.dial(ctx, to, a)
		if err == nil {
			return conn, nil
		}
		errs = append(errs, err)
	}
	if len(errs) == 1 {
		return nil, errs[0]
	}
	return nil, errors.Join(errs...)
}

// inquire sends another node a request on a connection of its own, which ends with the reply: nodes are no clients, and
// have a short time at a node that has no room for clients (docs/security.md, "Limits").
func (s *security) inquire(ctx context.Context, to topology.Server, args ...string) (string, error) {
	conn, err := s.dialServer(ctx, to)
	if err != nil {
		return "", err
	}
	defer conn.Close() //nolint:errcheck // only asked
	defer endWith(ctx, conn)()
	reply, err := wire.Do(conn, bufio.NewReader(conn), args...)
	if err != nil {
		return "", fmt.Errorf("ask %s for %s: %w", to.ID, args[0], err)
	}
	return reply.Text, nil
}

// dial connects to another node of the topology and signs in: at its tls_address with tls_replication, otherwise at
// address. Once the TCP connection is made, an error is a replica.ErrAnswered.
func (s *security) dial(ctx context.Context, to topology.Server, address string) (net.Conn, error) {
	if s.TLSReplication {
		return s.connect(ctx, to.TLSAddress, true)
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
		conn.Close() //nolint:errcheck // given up
		return nil, answered{err}
	}
	return admitted, nil
}

// enter does the TLS handshake, if secure, and signs in. Both end with ctx.
func (s *security) enter(ctx context.Context, conn net.Conn, at string, secure bool) (net.Conn, error) {
	if secure {
		host, _, _ := net.SplitHostPort(at)
		over := tls.Client(conn, s.certs.Client(host))
		if err := over.HandshakeContext(ctx); err != nil {
			return nil, fmt.Errorf("TLS with %s: %w", at, err)
		}
		conn = over
	}
	stop := endWith(ctx, conn)
	err := s.signIn(conn)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	return conn, err
}

// endWith makes reads and writes of conn fail once ctx is done, until stop is called, which returns false if that has
// happened.
func endWith(ctx context.Context, conn net.Conn) (stop func() bool) {
	return context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
}

// signIn signs in as node_user, if the config has one.
func (s *security) signIn(conn net.Conn) error {
	as := s.nodeAs.Load()
	if as == nil {
		return nil
	}
	reply, err := ask(conn, "AUTH", as.user, as.password)
	if err == nil && reply != "+OK" {
		err = errors.New(strings.TrimPrefix(reply, "-"))
	}
	if err != nil {
		return fmt.Errorf("sign in as %s: %w", as.user, err)
	}
	return nil
}

// answered wraps an error that came after the TCP connection was made, which makes it a replica.ErrAnswered.
type answered struct{ error }

func (a answered) Unwrap() []error { return []error{a.error, replica.ErrAnswered} }

// ask sends a request in RESP and returns its reply, which must be of one line: "+OK", "-ERR ...".
func ask(conn net.Conn, args ...string) (string, error) {
	if _, err := conn.Write(wire.Request(nil, args...)); err != nil {
		return "", fmt.Errorf("send %s: %w", args[0], err)
	}
	reply, err := readLine(conn)
	if err != nil {
		return "", fmt.Errorf("read the reply to %s: %w", args[0], err)
	}
	return reply, nil
}

// readLine reads one line and no byte beyond it: later bytes belong to the next user of the connection.
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
	return "", errors.New("the first line of the reply is longer than 1,024 bytes")
}
