// Package scsstore keeps the sessions of github.com/alexedwards/scs/v2 in a CacheGopher cache:
//
//	sessions := scs.New()
//	sessions.Store = scsstore.New(c)
//
// Reads go to the primary: every process sees a session as soon as it is committed, and no longer sees it
// once it is deleted. While a group's primary is unreachable its sessions cannot be read.
//
// The package does not import scs. Store has the methods that scs requires.
package scsstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/client"
)

// DefaultPrefix precedes a session's token in its key.
const DefaultPrefix = "scs:session:"

// Store is an scs.CtxStore and scs.IterableCtxStore. The caller keeps the client and closes it.
type Store struct {
	c      *client.Client
	prefix string
}

// New returns a store with DefaultPrefix.
func New(c *client.Client) *Store { return NewWithPrefix(c, DefaultPrefix) }

// NewWithPrefix returns a store with another prefix. Applications that share a cache need different ones.
func NewWithPrefix(c *client.Client, prefix string) *Store { return &Store{c, prefix} }

// FindCtx returns the data of a session; found is false if it does not exist.
func (s *Store) FindCtx(ctx context.Context, token string) (b []byte, found bool, err error) {
	b, err = s.c.Get(ctx, s.prefix+token, client.FromPrimary())
	if errors.Is(err, client.ErrNotFound) {
		return nil, false, nil
	}
	return b, err == nil, err
}

// CommitCtx stores the data of a session until expiry. If that has passed, it deletes the session.
func (s *Store) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	left := time.Until(expiry)
	if left <= 0 {
		return s.DeleteCtx(ctx, token)
	}
	return s.c.Set(ctx, s.prefix+token, b, client.TTL(left), client.Idempotent())
}

// DeleteCtx removes a session if it exists.
func (s *Store) DeleteCtx(ctx context.Context, token string) error {
	_, err := s.c.Delete(ctx, s.prefix+token, client.Idempotent())
	return err
}

// AllCtx returns all sessions by their tokens. It scans the whole cache, so do not call it for every request.
func (s *Store) AllCtx(ctx context.Context) (map[string][]byte, error) {
	var keys []string
	for k, err := range s.c.Scan(ctx, client.ScanOptions{Match: literal(s.prefix) + "*", FromPrimary: true}) {
		if err != nil {
			return nil, fmt.Errorf("scsstore: listing sessions: %w", err)
		}
		keys = append(keys, k)
	}
	results, err := s.c.GetMany(ctx, keys, client.FromPrimary())
	if err != nil {
		return nil, fmt.Errorf("scsstore: reading sessions: %w", err)
	}
	all := make(map[string][]byte, len(keys))
	for i, r := range results {
		if r.Err == nil { // else it has expired meanwhile
			all[strings.TrimPrefix(keys[i], s.prefix)] = r.Value
		}
	}
	return all, nil
}

// Find is FindCtx without a context; the client's read timeout bounds it.
func (s *Store) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (s *Store) Commit(token string, b []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, b, expiry)
}

// Delete is DeleteCtx without a context.
func (s *Store) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

// All is AllCtx without a context.
func (s *Store) All() (map[string][]byte, error) { return s.AllCtx(context.Background()) }

// literal returns a glob pattern that matches only s.
func literal(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(s)
}
