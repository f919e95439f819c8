package node

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// healthTimeout bounds the wait for the answer to a health check.
const healthTimeout = 2 * time.Second

// CheckHealth asks the running node of this setup whether it serves. It sends PING to each of its addresses in turn,
// to tls_address over TLS, until one replies PONG. If none does within 2 seconds, the error gives the reason for each.
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

// ping sends PING to the node at e, signed in as node_user. A node at its connection limit answers it too: it
// accepts connections that only sign in and ping.
func (s *security) ping(ctx context.Context, e endpoint) error {
	conn, err := s.connect(ctx, e.address, e.tls)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // only asked
	defer endWith(ctx, conn)()
	reply, err := ask(conn, "PING")
	if err != nil {
		return err
	}
	if reply != "+PONG" {
		return errors.New(strings.TrimPrefix(reply, "-"))
	}
	return nil
}
