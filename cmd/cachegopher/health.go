package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cachegopher/cachegopher/client"
)

// healthTimeout is how long a node may take to answer a health check.
const healthTimeout = 2 * time.Second

// checkHealth asks the node whether it serves, at one of its addresses after the other until one answers PONG: those
// of address in plain, tls_address with TLS. When none does, the error says of each why.
func checkHealth(s *selection) error {
	ctx, cancel := context.WithTimeout(context.Background(), healthTimeout)
	defer cancel()
	sec, err := newSecurity(s, nil)
	if err != nil {
		return fmt.Errorf("check the health: %w", err)
	}
	failed := errors.New("check the health: the node does not answer")
	for _, e := range s.endpoints(&s.node) {
		if e.operators {
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

// ping asks whoever listens at e, signed in as nodes do at each other.
func (s *security) ping(ctx context.Context, e endpoint) error {
	options := append(s.signIn(), client.WithServers(e.address), client.WithConnsPerNode(1))
	if e.tls {
		options = append(options, client.WithTLS(s.certs.Client("")))
	}
	c, err := client.New(options...)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // the process ends
	return c.Ping(ctx)
}
