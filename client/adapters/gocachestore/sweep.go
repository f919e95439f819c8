package gocachestore

import (
	"context"
	"errors"
	"time"

	"github.com/cachegopher/cachegopher/client"
)

// sweep removes the keys that no longer exist from a chunk.
func (s *Store) sweep(ctx context.Context, tag, name string, old stored, ttl time.Duration) error {
	dead, err := s.dead(ctx, old.keys)
	if err != nil || len(dead) == 0 {
		return err
	}
	done, err := s.replace(ctx, name, old, old.without(dead), ttl)
	if err != nil || !done {
		return err
	}
	// A concurrent Set of one of these keys may have found it still listed, and not have added it.
	gone := make([]string, 0, len(dead))
	for k := range dead {
		gone = append(gone, k)
	}
	still, err := s.dead(ctx, gone)
	if err != nil {
		return err
	}
	for _, k := range gone {
		if !still[k] {
			if err := s.addToTag(ctx, tag, k, ttl); err != nil {
				return err
			}
		}
	}
	return nil
}

// dead returns the keys that do not exist on the primaries. A key whose primary does not answer counts as alive.
func (s *Store) dead(ctx context.Context, keys []string) (map[string]bool, error) {
	p := s.c.Pipeline()
	there := make([]client.Queued, len(keys))
	for i, k := range keys {
		there[i] = p.Do("EXISTS", k)
	}
	if err := p.Exec(ctx); err != nil && ctx.Err() != nil {
		return nil, err
	}
	dead := make(map[string]bool)
	for i, k := range keys {
		if n, err := there[i].Int(); err == nil && n == 0 {
			dead[k] = true
		}
	}
	return dead, nil
}

// invalidate removes the keys of a chunk and of those below it, and then the chunks. It repeats for a chunk
// that has changed meanwhile.
func (s *Store) invalidate(ctx context.Context, name string, depth int) error {
	for {
		old, err := s.read(ctx, name)
		if err != nil || old.raw == nil {
			return err
		}
		if _, err := s.c.DeleteMany(ctx, old.keys, client.Idempotent()); err != nil {
			return err
		}
		for digit := range fanOut {
			if depth < maxDepth && old.hasChild(digit) {
				if err := s.invalidate(ctx, childKey(name, depth, digit), depth+1); err != nil {
					return err
				}
			}
		}
		gone, err := s.c.CompareAndDelete(ctx, name, old.raw)
		if errors.Is(err, client.ErrNotFound) || err == nil && gone {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
