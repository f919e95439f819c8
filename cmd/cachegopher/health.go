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

// checkHealth asks the node at the first of its addresses whether it serves. Anything but its PONG is an error.
func checkHealth(s *selection) error {
	if len(s.node.Addresses) == 0 {
		return errors.New("check the health: the node has no address")
	}
	address := s.node.Addresses[0]
	sec, err := newSecurity(s, nil)
	if err != nil {
		return fmt.Errorf("check the health of %s: %w", address, err)
	}
	c, err := client.New(append(sec.clientOptions(), client.WithServers(address), client.WithConnsPerNode(1))...)
	if err != nil {
		return fmt.Errorf("check the health of %s: %w", address, err)
	}
	defer c.Close() //nolint:errcheck // the process ends
	ctx, cancel := context.WithTimeout(context.Background(), healthTimeout)
	defer cancel()
	if err := c.Ping(ctx); err != nil {
		return fmt.Errorf("check the health of %s: %w", address, err)
	}
	return nil
}
