package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/allegro/bigcache/v3"
	"github.com/coocood/freecache"
	"github.com/dgraph-io/ristretto/v2"
	"github.com/maypok86/otter/v2"

	"github.com/cachegopher/cachegopher/bench/sut"
)

// inProcess returns a target for c.
func inProcess(c sut.Caller) *sut.Target {
	t := &sut.Target{Caller: c, InProcess: true, PID: os.Getpid()}
	t.OnClose(c.Close)
	return t
}

// fitting is about how many entries a cache of so many bytes may have to hold.
func fitting(memory int, o sut.Options) int { return min(int(o.Keys), memory/max(64, int(o.Mean))) }

// otterCache keeps the key and the slice that it is given, so Set passes copies, as any program would have to whose keys
// and values come from requests. The caches that copy both themselves get them as they are.
type otterCache struct {
	sut.Unsupported
	c *otter.Cache[string, []byte]
}

func openOtter(_ context.Context, rest string, o sut.Options) (*sut.Target, error) {
	memory, entries, err := sut.BudgetOf(rest, o)
	if err != nil {
		return nil, err
	}
	opts := &otter.Options[string, []byte]{MaximumSize: entries}
	if entries == 0 {
		opts.MaximumWeight = uint64(memory)
		opts.Weigher = func(k string, v []byte) uint32 { return uint32(len(k) + len(v)) }
	}
	c, err := otter.New(opts)
	if err != nil {
		return nil, err
	}
	return inProcess(&otterCache{c: c}), nil
}

func (c *otterCache) Get(_ context.Context, key string, dst []byte) ([]byte, bool, error) {
	v, ok := c.c.GetIfPresent(key)
	return append(dst, v...), ok, nil
}

func (c *otterCache) Set(_ context.Context, key string, value []byte, expiry time.Duration) error {
	if expiry > 0 {
		return errors.ErrUnsupported
	}
	c.c.Set(strings.Clone(key), bytes.Clone(value))
	return nil
}

func (c *otterCache) Delete(_ context.Context, key string) (bool, error) {
	_, ok := c.c.Invalidate(key)
	return ok, nil
}

func (c *otterCache) Close() error { c.c.StopAllGoroutines(); return nil }

// ristrettoCache stores in the background: a Get right after a Set may find nothing or the previous value.
type ristrettoCache struct {
	sut.Unsupported
	c *ristretto.Cache[string, []byte]
}

func openRistretto(_ context.Context, rest string, o sut.Options) (*sut.Target, error) {
	memory, entries, err := sut.BudgetOf(rest, o)
	if err != nil {
		return nil, err
	}
	cfg := &ristretto.Config[string, []byte]{NumCounters: 10 * int64(max(1000, fitting(memory, o))), MaxCost: int64(memory), BufferItems: 64, IgnoreInternalCost: true,
		Cost: func(v []byte) int64 { return int64(len(v)) + 16 }}
	if entries > 0 {
		cfg.MaxCost, cfg.NumCounters, cfg.Cost = int64(entries), 10*int64(entries), func([]byte) int64 { return 1 }
	}
	c, err := ristretto.NewCache(cfg)
	if err != nil {
		return nil, err
	}
	t := inProcess(&ristrettoCache{c: c})
	t.Eventual = true
	return t, nil
}

func (c *ristrettoCache) Get(_ context.Context, key string, dst []byte) ([]byte, bool, error) {
	v, ok := c.c.Get(key)
	return append(dst, v...), ok, nil
}

func (c *ristrettoCache) Set(_ context.Context, key string, value []byte, expiry time.Duration) error {
	c.c.SetWithTTL(strings.Clone(key), bytes.Clone(value), 0, expiry) // it may decline, which shows as a miss later
	return nil
}

func (c *ristrettoCache) Delete(_ context.Context, key string) (bool, error) {
	c.c.Del(key)
	return true, nil
}

func (c *ristrettoCache) Close() error { c.c.Close(); return nil }

type freeCache struct {
	sut.Unsupported
	c *freecache.Cache
}

func openFreecache(_ context.Context, rest string, o sut.Options) (*sut.Target, error) {
	memory, entries, err := sut.BudgetOf(rest, o)
	if err != nil {
		return nil, err
	}
	if entries > 0 {
		return nil, errors.New("it is bounded by memory, not by entries")
	}
	return inProcess(&freeCache{c: freecache.NewCache(memory)}), nil
}

func (c *freeCache) Get(_ context.Context, key string, dst []byte) ([]byte, bool, error) {
	err := c.c.GetFn([]byte(key), func(v []byte) error {
		dst = append(dst, v...)
		return nil
	})
	if errors.Is(err, freecache.ErrNotFound) {
		return dst, false, nil
	}
	return dst, err == nil, err
}

func (c *freeCache) Set(_ context.Context, key string, value []byte, expiry time.Duration) error {
	return c.c.Set([]byte(key), value, int(expiry/time.Second))
}

func (c *freeCache) Delete(_ context.Context, key string) (bool, error) {
	return c.c.Del([]byte(key)), nil
}

type bigCache struct {
	sut.Unsupported
	c *bigcache.BigCache
}

func openBigcache(ctx context.Context, rest string, o sut.Options) (*sut.Target, error) {
	memory, entries, err := sut.BudgetOf(rest, o)
	if err != nil {
		return nil, err
	}
	if entries > 0 {
		return nil, errors.New("it is bounded by memory, not by entries")
	}
	cfg := bigcache.DefaultConfig(24 * time.Hour)
	cfg.CleanWindow, cfg.Verbose = 0, false
	cfg.HardMaxCacheSize = max(1, memory>>20) // MB
	// What it allocates at first is for so many entries of such a size; its defaults take over 50 MB.
	cfg.MaxEntrySize = max(64, int(o.Mean))
	cfg.MaxEntriesInWindow = max(cfg.Shards, fitting(memory, o))
	c, err := bigcache.New(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return inProcess(&bigCache{c: c}), nil
}

func (c *bigCache) Get(_ context.Context, key string, dst []byte) ([]byte, bool, error) {
	v, err := c.c.Get(key)
	if errors.Is(err, bigcache.ErrEntryNotFound) {
		return dst, false, nil
	}
	return append(dst, v...), err == nil, err
}

func (c *bigCache) Set(_ context.Context, key string, value []byte, expiry time.Duration) error {
	if expiry > 0 {
		return errors.ErrUnsupported
	}
	return c.c.Set(key, value)
}

func (c *bigCache) Delete(_ context.Context, key string) (bool, error) {
	err := c.c.Delete(key)
	if errors.Is(err, bigcache.ErrEntryNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (c *bigCache) Close() error { return c.c.Close() }
