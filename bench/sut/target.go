package sut

import (
	"context"
	"crypto/tls"
	"errors"
	"slices"
	"time"
)

// Target is a system under load. Exactly one of Wire and Caller is set.
type Target struct {
	URL     string
	Version string // the server's version, if known
	// Instance tells the server's process from all others, by what it says of itself; empty: it says nothing.
	Instance string
	Wire     *Wire
	Caller   Caller
	// Eventual: a read may return an older version than the last one written before it.
	Eventual bool
	// PID is the server's process, 0 if unknown; its CPU and memory are then not measured.
	PID int
	// Cores are the cores on which the server was started; empty: all.
	Cores []int
	// InProcess: the generator's own process does the target's work.
	InProcess bool
	// Opened is by how many bytes opening it has enlarged this process; 0 for servers.
	Opened int64
	// Lone is the resident memory in bytes of the cache in a process of its own, as its calibration measured it; 0: unknown.
	Lone int64

	close []func() error
}

// Wire is a server reached over raw connections.
type Wire struct {
	Network, Address string
	Dialect          Dialect
	User, Password   string // for signing in; no sign-in if Password is empty
	TLS              *tls.Config
	ReceiveBuffer    int // SO_RCVBUF of connections in bytes; 0: the system's
}

// Caller is a library. Its methods are called from many goroutines. An unsupported method returns errors.ErrUnsupported.
// Keys and values that a cache in this process gets are valid only until the call returns.
type Caller interface {
	// Get appends the value of key to dst; ok is false on a miss.
	Get(ctx context.Context, key string, dst []byte) (value []byte, ok bool, err error)
	Set(ctx context.Context, key string, value []byte, expiry time.Duration) error
	// Delete reports whether the key was there, or true if that is unknown.
	Delete(ctx context.Context, key string) (bool, error)
	MGet(ctx context.Context, keys []string, dst [][]byte) ([][]byte, error)
	Incr(ctx context.Context, key string) (int64, error)
	Touch(ctx context.Context, key string, expiry time.Duration) (bool, error)
	Close() error
}

// Unsupported returns errors.ErrUnsupported for what a library lacks. Callers embed it.
type Unsupported struct{}

// Delete is not supported.
func (Unsupported) Delete(context.Context, string) (bool, error) { return false, errors.ErrUnsupported }

// MGet is not supported.
func (Unsupported) MGet(context.Context, []string, [][]byte) ([][]byte, error) {
	return nil, errors.ErrUnsupported
}

// Incr is not supported.
func (Unsupported) Incr(context.Context, string) (int64, error) { return 0, errors.ErrUnsupported }

// Touch is not supported.
func (Unsupported) Touch(context.Context, string, time.Duration) (bool, error) {
	return false, errors.ErrUnsupported
}

// Close does nothing.
func (Unsupported) Close() error { return nil }

// OnClose makes Close call f, the last one added first.
func (t *Target) OnClose(f func() error) { t.close = append(t.close, f) }

// Close releases what Open acquired and stops started servers.
func (t *Target) Close() error {
	var errs []error
	for _, f := range slices.Backward(t.close) {
		errs = append(errs, f())
	}
	t.close = nil
	return errors.Join(errs...)
}
