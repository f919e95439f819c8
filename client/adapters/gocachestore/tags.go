package gocachestore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash/fnv"
	"math/rand/v2"
	"time"

	"github.com/cachegopher/cachegopher/client"
)

// DefaultTagsTTL is how long a tag's list of keys is kept after the last key was added, unless
// store.WithTagsTTL is set.
const DefaultTagsTTL = 720 * time.Hour

const (
	tagPrefix = "gocache_tag_"
	longTag   = 128 // bytes; a longer tag is replaced by its hash
	fanOut    = 16
	maxDepth  = 16 // the hex digits of a 64-bit hash
	sweepOdds = 32 // one in this many keys that find a full chunk sweeps it
)

// tagKey is the key of a tag's first chunk. The list is a tree of chunks: when one is full, further keys go to
// one of its 16 children, by the next digit of the key's hash. Adding a key therefore touches only a few small
// chunks, however long the list is.
func tagKey(tag string) string {
	if len(tag) >= longTag {
		sum := sha256.Sum256([]byte(tag))
		tag = "\x00" + hex.EncodeToString(sum[:])
	}
	return tagPrefix + tag
}

// childKey is the key of a chunk's child.
func childKey(name string, depth, digit int) string {
	if depth == 0 {
		name += "\x00"
	}
	return name + string("0123456789abcdef"[digit])
}

func digitOf(key string, depth int) int {
	h := fnv.New64a()
	h.Write([]byte(key)) //nolint:errcheck // a hash returns none
	return int(h.Sum64() >> (4 * depth) % fanOut)
}

// stored is a chunk as read from the cache.
type stored struct {
	chunk
	raw  []byte // nil: it does not exist
	left time.Duration
}

// read reads a chunk from the primary, since it is about to be compared and swapped.
func (s *Store) read(ctx context.Context, name string) (stored, error) {
	raw, left, err := s.c.GetWithTTL(ctx, name, client.FromPrimary())
	if errors.Is(err, client.ErrNotFound) {
		return stored{}, nil
	}
	return stored{decodeChunk(raw), raw, left}, err
}

// replace writes a chunk unless it was changed meanwhile, and reports whether it did. The chunk lives for at
// least ttl, and not shorter than before.
func (s *Store) replace(ctx context.Context, name string, old stored, c chunk, ttl time.Duration) (bool, error) {
	if old.raw == nil {
		return s.c.Add(ctx, name, c.encode(), client.TTL(ttl))
	}
	return s.c.CompareAndSwap(ctx, name, old.raw, c.encode(), client.TTL(max(ttl, old.left)))
}

// addToTag adds a key to a tag's list. It tries again while others change the same chunk, as long as ctx
// allows.
func (s *Store) addToTag(ctx context.Context, tag, key string, ttl time.Duration) error {
	name, parent := tagKey(tag), ""
	for depth := 0; depth < maxDepth; {
		digit := digitOf(key, depth)
		at, err := s.addToChunk(ctx, tag, name, digit, key, ttl)
		switch {
		case err != nil:
			return err
		case at == inNew && depth > 0:
			// Invalidate may have removed this chunk, and be about to remove its parent.
			if done, err := s.turn(ctx, parent, ttl); done || err != nil {
				return err
			}
			name, parent, depth = tagKey(tag), "", 0
		case at == below:
			name, parent, depth = childKey(name, depth, digit), name, depth+1
		default:
			return nil
		}
	}
	return errors.New("its list of keys is full") // 16 keys of one hash, each as large as a chunk
}

// place says where addToChunk has put a key.
type place int

const (
	in    place = iota // the chunk
	inNew              // the chunk, which is new
	below              // it belongs to the chunk below
)

// addToChunk adds a key to a chunk, or says that it belongs to the child, which it marks as existing.
func (s *Store) addToChunk(ctx context.Context, tag, name string, digit int, key string, ttl time.Duration) (place, error) {
	swept := false
	for {
		old, err := s.read(ctx, name)
		if err != nil {
			return in, err
		}
		if old.has(key) {
			return in, s.prolong(ctx, name, old, ttl)
		}
		fits := old.fits(key)
		if !fits && old.hasChild(digit) && (swept || rand.N(sweepOdds) > 0) {
			return below, s.prolong(ctx, name, old, ttl)
		}
		var done bool
		at := in
		switch {
		case fits:
			if old.raw == nil {
				at = inNew
			}
			done, err = s.replace(ctx, name, old, old.with(key), longer(ttl))
		case !swept:
			swept = true
			err = s.sweep(ctx, tag, name, old, ttl)
		default:
			at = below
			done, err = s.replace(ctx, name, old, old.withChild(digit), longer(ttl))
		}
		if err != nil || done {
			return at, err
		}
	}
}

// turn changes a chunk, so that a concurrent Invalidate does not remove it without visiting its children
// again. It reports false when the chunk no longer exists.
func (s *Store) turn(ctx context.Context, name string, ttl time.Duration) (bool, error) {
	for {
		old, err := s.read(ctx, name)
		if err != nil || old.raw == nil {
			return false, err
		}
		if done, err := s.replace(ctx, name, old, old.turned(), ttl); done || err != nil {
			return done, err
		}
	}
}

// prolongShare is the share of its time to live by which a chunk lives longer than it must, so that not every
// added key has to prolong it.
const prolongShare = 64

func longer(ttl time.Duration) time.Duration {
	if more := ttl + ttl/prolongShare; more > 0 {
		return more
	}
	return client.NoExpiry
}

// prolong makes an unchanged chunk live for at least ttl, so that its children can be found as long.
func (s *Store) prolong(ctx context.Context, name string, old stored, ttl time.Duration) error {
	if old.left >= ttl {
		return nil
	}
	err := s.c.Expire(ctx, name, longer(ttl))
	if errors.Is(err, client.ErrNotFound) {
		return nil // it was invalidated with all that it listed
	}
	return err
}
