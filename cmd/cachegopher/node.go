package main

import (
	"context"
	"errors"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/logging"
)

// newNode builds the node that n describes. The function it returns serves until its context ends.
func newNode(n config.Node, log *logging.Logger) (func(context.Context) error, error) {
	return nil, errors.New("not built yet")
}
