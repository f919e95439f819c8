//go:build !linux

package node

import (
	"errors"

	"github.com/cachegopher/cachegopher/replica"
)

func openLedger(string, string, string) (*replica.Ledger, func() error, error) {
	return nil, nil, errors.New("a state directory needs Linux")
}
