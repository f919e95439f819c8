package main

import (
	"context"
	"errors"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/cachegopher/cachegopher/bench/sut"
)

type gomemcache struct {
	sut.Unsupported
	c *memcache.Client
}

func openGomemcache(_ context.Context, rest string, _ sut.Options) (*sut.Target, error) {
	c := memcache.New(rest)
	c.MaxIdleConns = 512
	t := &sut.Target{Caller: &gomemcache{c: c}}
	t.OnClose(c.Close)
	if err := c.Ping(); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

func (c *gomemcache) Get(_ context.Context, key string, dst []byte) ([]byte, bool, error) {
	item, err := c.c.Get(key)
	if errors.Is(err, memcache.ErrCacheMiss) {
		return dst, false, nil
	}
	if err != nil {
		return dst, false, err
	}
	return append(dst, item.Value...), true, nil
}

func (c *gomemcache) Set(_ context.Context, key string, value []byte, expiry time.Duration) error {
	return c.c.Set(&memcache.Item{Key: key, Value: value, Expiration: int32(expiry / time.Second)})
}

func (c *gomemcache) Delete(_ context.Context, key string) (bool, error) {
	err := c.c.Delete(key)
	if errors.Is(err, memcache.ErrCacheMiss) {
		return false, nil
	}
	return err == nil, err
}

func (c *gomemcache) MGet(_ context.Context, keys []string, dst [][]byte) ([][]byte, error) {
	found, err := c.c.GetMulti(keys)
	for _, k := range keys {
		if item := found[k]; item != nil {
			dst = append(dst, item.Value)
		} else {
			dst = append(dst, nil)
		}
	}
	return dst, err
}

func (c *gomemcache) Incr(_ context.Context, key string) (int64, error) {
	n, err := c.c.Increment(key, 1)
	if errors.Is(err, memcache.ErrCacheMiss) {
		if err = c.c.Add(&memcache.Item{Key: key, Value: []byte("1")}); err == nil {
			return 1, nil
		}
		n, err = c.c.Increment(key, 1)
	}
	return int64(n), err
}

func (c *gomemcache) Touch(_ context.Context, key string, expiry time.Duration) (bool, error) {
	err := c.c.Touch(key, int32(expiry/time.Second))
	if errors.Is(err, memcache.ErrCacheMiss) {
		return false, nil
	}
	return err == nil, err
}
