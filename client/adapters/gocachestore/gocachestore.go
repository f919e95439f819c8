// Package gocachestore is a store for github.com/eko/gocache, version 4 of its library:
//
//	users := cache.New[[]byte](gocachestore.New(c, store.WithExpiration(time.Minute)))
//
// Keys and values are strings or []byte; Get returns []byte. For other values use gocache's marshaler.
//
// Reads go to the primary, so that a key is found right after Set and gone right after Delete and Invalidate;
// see FromAnyMember.
//
// The package is a module of its own, so that the client does not depend on gocache.
package gocachestore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/eko/gocache/lib/v4/store"

	"github.com/cachegopher/cachegopher/client"
)

// Type is what GetType returns.
const Type = "cachegopher"

// Store is a store.StoreInterface. The caller keeps the client and closes it.
type Store struct {
	c        *client.Client
	defaults *store.Options
	reads    []client.ReadOption
}

// New returns a store on c. The options are the defaults for Set.
func New(c *client.Client, options ...store.Option) *Store {
	return &Store{c, store.ApplyOptions(options...), []client.ReadOption{client.FromPrimary()}}
}

// FromAnyMember returns a store like s whose reads go to any member of a key's group. There a value that was
// just set may be missing, and one that was just deleted or invalidated may still exist. Use it for values for
// which that does not matter.
func (s *Store) FromAnyMember() *Store { return &Store{s.c, s.defaults, nil} }

// Get returns the value of a key as []byte. When there is none the error is a *store.NotFound.
func (s *Store) Get(ctx context.Context, key any) (any, error) {
	k, err := text("key", key)
	if err != nil {
		return nil, err
	}
	v, err := s.c.Get(ctx, k, s.reads...)
	if err != nil {
		return nil, notFound(err)
	}
	return v, nil
}

// GetWithTTL is Get with the remaining time to live, 0 if the value does not expire, in one round trip.
func (s *Store) GetWithTTL(ctx context.Context, key any) (any, time.Duration, error) {
	k, err := text("key", key)
	if err != nil {
		return nil, 0, err
	}
	v, left, err := s.c.GetWithTTL(ctx, k, s.reads...)
	if err != nil {
		return nil, 0, notFound(err)
	}
	if left == client.NoExpiry {
		left = 0
	}
	return v, left, nil
}

// Set stores a value. It supports the options for expiration, where 0 means none and less is
// client.ErrInvalidTTL, and for tags. A tag's keys are kept in the cache, in entries that split as they
// grow; keys that no longer exist are dropped from them. A key with tags has at most 65,024 bytes. If
// adding the key to a tag fails, the value is stored nevertheless.
func (s *Store) Set(ctx context.Context, key, value any, options ...store.Option) error {
	k, err := text("key", key)
	if err != nil {
		return err
	}
	v, err := text("value", value)
	if err != nil {
		return err
	}
	o := store.ApplyOptionsWithDefault(s.defaults, options...)
	life := o.Expiration
	if life == 0 {
		life = client.NoExpiry
	}
	if o.TagsTTL < 0 {
		return fmt.Errorf("gocachestore: tags for %v: %w", o.TagsTTL, client.ErrInvalidTTL)
	}
	if len(o.Tags) > 0 && len(k) > maxTagged {
		return fmt.Errorf("gocachestore: a key of %d bytes with tags, the limit is %d: %w", len(k), maxTagged, client.ErrTooLarge)
	}
	if err := s.c.Set(ctx, k, []byte(v), client.TTL(life), client.Idempotent()); err != nil {
		return err
	}
	ttl := o.TagsTTL
	if ttl == 0 {
		ttl = DefaultTagsTTL
	}
	for _, tag := range o.Tags {
		if err := s.addToTag(ctx, tag, k, ttl); err != nil {
			return fmt.Errorf("tag %q: %w", tag, err)
		}
	}
	return nil
}

// Invalidate removes all keys that have one of the given tags.
func (s *Store) Invalidate(ctx context.Context, options ...store.InvalidateOption) error {
	o := store.ApplyInvalidateOptions(options...)
	for _, tag := range o.Tags {
		if err := s.invalidate(ctx, tagKey(tag), 0); err != nil {
			return fmt.Errorf("tag %q: %w", tag, err)
		}
	}
	return nil
}

// Delete removes a key if it exists.
func (s *Store) Delete(ctx context.Context, key any) error {
	k, err := text("key", key)
	if err != nil {
		return err
	}
	_, err = s.c.Delete(ctx, k, client.Idempotent())
	return err
}

// Clear removes everything from every node, whoever stored it.
func (s *Store) Clear(ctx context.Context) error { return s.c.FlushAll(ctx) }

// GetType returns Type.
func (s *Store) GetType() string { return Type }

func notFound(err error) error {
	if errors.Is(err, client.ErrNotFound) {
		return store.NotFoundWithCause(err)
	}
	return err
}

func text(what string, v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case []byte:
		return string(v), nil
	}
	return "", fmt.Errorf("gocachestore: a %s of type %T; want string or []byte, or use gocache's marshaler", what, v)
}
