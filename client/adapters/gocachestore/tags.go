package gocachestore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/eko/gocache/lib/v4/store"

	"github.com/cachegopher/cachegopher/client"
)

// DefaultTagsTTL is how long a tag's list of keys is kept unless store.WithTagsTTL says otherwise,
// counted from the last key that was added.
const DefaultTagsTTL = 720 * time.Hour

// tagKey is where a tag's list of keys is kept, as gocache's other stores call it.
func tagKey(tag string) string { return "gocache_tag_" + tag }

// addToTag adds a key to a tag's list. It tries again for as long as others change the list at the
// same time and ctx allows.
func (s *Store) addToTag(ctx context.Context, tag, key string, ttl time.Duration) error {
	for {
		old, keys, err := s.tagged(ctx, tag)
		if err != nil {
			return err
		}
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
		list, err := json.Marshal(keys)
		if err != nil {
			return err
		}
		var done bool
		if old == nil {
			done, err = s.c.Add(ctx, tagKey(tag), list, client.TTL(ttl))
		} else {
			done, err = s.c.CompareAndSwap(ctx, tagKey(tag), old, list, client.TTL(ttl))
		}
		if done || err != nil {
			return err
		}
	}
}

// tagged returns a tag's list of keys, as it is stored and decoded; nil when there is none.
func (s *Store) tagged(ctx context.Context, tag string) (raw []byte, keys []string, err error) {
	// From the primary: the list is about to be compared with what is there.
	v, err := s.c.Do(ctx, tagKey(tag), "GET", tagKey(tag))
	switch {
	case errors.Is(err, client.ErrNotFound), err == nil && v.IsNull():
		return nil, nil, nil
	case err != nil:
		return nil, nil, err
	}
	if err := json.Unmarshal(v.Bytes, &keys); err != nil {
		return nil, nil, fmt.Errorf("its list of keys: %w", err)
	}
	return v.Bytes, keys, nil
}

// Invalidate removes all keys that have one of the given tags.
func (s *Store) Invalidate(ctx context.Context, options ...store.InvalidateOption) error {
	o := store.ApplyInvalidateOptions(options...)
	for _, tag := range o.Tags {
		_, keys, err := s.tagged(ctx, tag)
		if err == nil {
			_, err = s.c.DeleteMany(ctx, append(keys, tagKey(tag)), client.Idempotent())
		}
		if err != nil {
			return fmt.Errorf("tag %q: %w", tag, err)
		}
	}
	return nil
}
