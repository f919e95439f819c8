// Package fiberstorage is storage in a CacheGopher cache for the middlewares of Fiber, v2 and v3 (sessions,
// cache, limiter, ...):
//
//	app.Use(limiter.New(limiter.Config{Storage: fiberstorage.New(c, "limiter:")}))
//
// Reads go to the primary: every process sees a key as soon as it is set, and no longer sees it once it is
// deleted. While a group's primary is unreachable its keys cannot be read.
//
// The package does not import Fiber. Storage has the methods that Fiber requires.
package fiberstorage

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/client"
)

// Storage is the Storage of Fiber v2 and v3. For a missing key Get returns nil without an error.
type Storage struct {
	c      *client.Client
	prefix string
}

// New returns a storage whose keys begin with prefix. Reset removes all keys with the prefix: with an empty
// one, the whole cache. The caller keeps the client and closes it.
func New(c *client.Client, prefix string) *Storage { return &Storage{c, prefix} }

// GetWithContext returns the value of key, or nil if the key does not exist.
func (s *Storage) GetWithContext(ctx context.Context, key string) ([]byte, error) {
	if key == "" {
		return nil, nil
	}
	v, err := s.c.Get(ctx, s.prefix+key, client.FromPrimary())
	if errors.Is(err, client.ErrNotFound) {
		return nil, nil
	}
	return v, err
}

// SetWithContext stores a value for exp, or without expiry if exp is 0. A negative exp removes the key. An
// empty key or value is ignored.
func (s *Storage) SetWithContext(ctx context.Context, key string, val []byte, exp time.Duration) error {
	if key == "" || len(val) == 0 {
		return nil
	}
	switch {
	case exp < 0:
		return s.DeleteWithContext(ctx, key)
	case exp == 0:
		exp = client.NoExpiry
	}
	return s.c.Set(ctx, s.prefix+key, val, client.TTL(exp), client.Idempotent())
}

// DeleteWithContext removes a key if it exists.
func (s *Storage) DeleteWithContext(ctx context.Context, key string) error {
	if key == "" {
		return nil
	}
	_, err := s.c.Delete(ctx, s.prefix+key, client.Idempotent())
	return err
}

// ResetWithContext removes all keys with the prefix. It scans the whole cache.
func (s *Storage) ResetWithContext(ctx context.Context) error {
	if s.prefix == "" {
		return s.c.FlushAll(ctx)
	}
	var keys []string
	for k, err := range s.c.Scan(ctx, client.ScanOptions{Match: literal(s.prefix) + "*", FromPrimary: true}) {
		if err != nil {
			return fmt.Errorf("fiberstorage: reset: %w", err)
		}
		keys = append(keys, k)
	}
	if _, err := s.c.DeleteMany(ctx, keys, client.Idempotent()); err != nil {
		return fmt.Errorf("fiberstorage: reset: %w", err)
	}
	return nil
}

// Get is GetWithContext without a context; the client's read timeout bounds it.
func (s *Storage) Get(key string) ([]byte, error) { return s.GetWithContext(context.Background(), key) }

// Set is SetWithContext without a context.
func (s *Storage) Set(key string, val []byte, exp time.Duration) error {
	return s.SetWithContext(context.Background(), key, val, exp)
}

// Delete is DeleteWithContext without a context.
func (s *Storage) Delete(key string) error { return s.DeleteWithContext(context.Background(), key) }

// Reset is ResetWithContext without a context.
func (s *Storage) Reset() error { return s.ResetWithContext(context.Background()) }

// Close does nothing, since others may use the client.
func (s *Storage) Close() error { return nil }

// literal returns a glob pattern that matches only s.
func literal(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(s)
}
