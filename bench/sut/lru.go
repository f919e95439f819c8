package sut

import (
	"context"
	"os"
	"strconv"
	"time"

	"github.com/cachegopher/cachegopher/internal/millis"
	"github.com/cachegopher/cachegopher/lru"
)

// cacheLRU is package lru in this process.
type cacheLRU struct {
	Unsupported
	c     lru.Shards
	whole *lru.Cache
}

func openLRU(_ context.Context, rest string, o Options) (*Target, error) {
	u, err := parseRest(rest, "memory", "entries", "bound", "policy")
	if err != nil {
		return nil, err
	}
	memory, entries, err := budget(u.Query(), o)
	if err != nil {
		return nil, err
	}
	p, err := policyOf(u.Query())
	if err != nil {
		return nil, err
	}
	c, err := lru.New(lru.Options{MaxMemory: int64(memory), MaxEntries: int64(entries), Policy: p})
	if err != nil {
		return nil, err
	}
	t := &Target{Caller: &cacheLRU{c: c.Shards(), whole: c}, InProcess: true, PID: os.Getpid()}
	t.OnClose(c.Close)
	return t, nil
}

func (c *cacheLRU) Get(_ context.Context, key string, dst []byte) ([]byte, bool, error) {
	v, ok := c.c.GetString(dst, key)
	return v, ok, nil
}

func (c *cacheLRU) Set(_ context.Context, key string, value []byte, expiry time.Duration) error {
	return c.c.SetString(key, value, max(expiry, 0))
}

func (c *cacheLRU) Delete(_ context.Context, key string) (bool, error) {
	return c.c.DeleteString(key), nil
}

func (c *cacheLRU) MGet(_ context.Context, keys []string, dst [][]byte) ([][]byte, error) {
	for _, k := range keys {
		v, ok := c.c.GetString(nil, k)
		if !ok {
			v = nil
		} else if v == nil {
			v = []byte{}
		}
		dst = append(dst, v)
	}
	return dst, nil
}

func (c *cacheLRU) Incr(_ context.Context, key string) (int64, error) {
	k := []byte(key)
	h := c.c.Hash(k)
	s := c.c.Lock(h)
	defer s.Unlock()
	now := c.c.Now()
	n := int64(1)
	if e, ok := s.Get(h, k, now); ok {
		old, err := strconv.ParseInt(string(s.AppendValue(nil, e)), 10, 64)
		if err != nil {
			return 0, err
		}
		n = old + 1
	}
	return n, s.Put(h, k, strconv.AppendInt(nil, n, 10), 0, now)
}

func (c *cacheLRU) Touch(_ context.Context, key string, expiry time.Duration) (bool, error) {
	k := []byte(key)
	h := c.c.Hash(k)
	s := c.c.Lock(h)
	defer s.Unlock()
	now := c.c.Now()
	e, ok := s.Get(h, k, now)
	if !ok {
		return false, nil
	}
	_, err := s.SetExpiry(h, e, now+millis.Up(expiry))
	return true, err
}
