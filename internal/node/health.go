package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// healthTimeout is how long a node may take to answer a health check.
const healthTimeout = 2 * time.Second

// CheckHealth asks the running node of this setup whether it serves: it sends PING to its addresses in turn, to
// tls_address over TLS, until one answers PONG. If none does within 2 seconds, the error gives the reason for each.
func (s *Setup) CheckHealth(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	sec, err := newSecurity(s, nil)
	if err != nil {
		return fmt.Errorf("check the health: %w", err)
	}
	failed := errors.New("check the health: the node does not answer")
	for _, e := range s.endpoints(&s.Node) {
		if e.admin {
			continue
		}
		err := sec.ping(ctx, e)
		if err == nil {
			return nil
		}
		failed = fmt.Errorf("%w; %s: %w", failed, e.address, err)
	}
	return failed
}

// ping asks whoever listens at e, signed in as nodes do at each other. It sends nothing but what a node answers also
// when clients have filled it.
func (s *security) ping(ctx context.Context, e endpoint) error {
	conn, err := s.connect(ctx, e.address, e.tls)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // of no use any more
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := io.WriteString(conn, "*1\r\n$4\r\nPING\r\n"); err != nil {
		return fmt.Errorf("send PING: %w", err)
	}
	answer, err := readLine(conn)
	if err != nil {
		return fmt.Errorf("read the answer to PING: %w", err)
	}
	if answer != "+PONG" {
		return errors.New(strings.TrimPrefix(answer, "-"))
	}
	return nil
}
