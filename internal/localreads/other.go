//go:build !linux

package localreads

import (
	"context"
	"net"
	"os"
)

// Board is never made.
type Board struct{ Post }

// NewBoard returns ErrUnsupported.
func NewBoard() (*Board, error) { return nil, ErrUnsupported }

// Close does nothing.
func (*Board) Close() error { return nil }

// NewMemory returns ErrUnsupported.
func NewMemory(string, int64) (*os.File, error) { return nil, ErrUnsupported }

// Broker is never used.
type Broker struct{}

// NewBroker returns a Broker without use.
func NewBroker(*net.UnixListener, *Board, func() (*os.File, error)) *Broker { return &Broker{} }

// Close does nothing.
func (*Broker) Close() error { return nil }

// Grant returns ErrUnsupported.
func (*Broker) Grant(int) (path, token string, err error) { return "", "", ErrUnsupported }

// Receive returns ErrUnsupported.
func Receive(context.Context, string, string) (board, table *os.File, err error) {
	return nil, nil, ErrUnsupported
}

// ReadBoard returns ErrUnsupported.
func ReadBoard(*os.File) (*Notice, error) { return nil, ErrUnsupported }

// Sealed returns false.
func Sealed(*os.File) bool { return false }
