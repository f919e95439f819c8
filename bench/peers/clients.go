package main

import (
	"context"
	"errors"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"

	"github.com/cachegopher/cachegopher/bench/sut"
)

// Clients run at their default settings.

// goRedis reads and writes through face, either c itself or its automatic pipeline.
type goRedis struct {
	c    *redis.Client
	face commands
}

// commands is the common interface of both faces of go-redis.
type commands interface {
	Get(ctx context.Context, key string) *redis.StringCmd
	Set(ctx context.Context, key string, value any, expiration time.Duration) *redis.StatusCmd
}

func openGoRedis(ctx context.Context, rest string, _ sut.Options) (*sut.Target, error) {
	c := redis.NewClient(&redis.Options{Addr: rest})
	return fromGoRedis(ctx, &goRedis{c, c})
}

func openAutoPipeline(ctx context.Context, rest string, _ sut.Options) (*sut.Target, error) {
	c := redis.NewClient(&redis.Options{Addr: rest})
	p, err := c.AutoPipeline()
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return fromGoRedis(ctx, &goRedis{c, p})
}

func fromGoRedis(ctx context.Context, c *goRedis) (*sut.Target, error) {
	t := &sut.Target{Caller: c}
	t.OnClose(c.Close)
	if err := c.c.Ping(ctx).Err(); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

func (c *goRedis) Get(ctx context.Context, key string, dst []byte) ([]byte, bool, error) {
	v, err := c.face.Get(ctx, key).Bytes()
	if errors.Is(err, redis.Nil) {
		return dst, false, nil
	}
	return append(dst, v...), err == nil, err
}

func (c *goRedis) Set(ctx context.Context, key string, value []byte, expiry time.Duration) error {
	return c.face.Set(ctx, key, value, expiry).Err()
}

func (c *goRedis) Delete(ctx context.Context, key string) (bool, error) {
	n, err := c.c.Del(ctx, key).Result()
	return n > 0, err
}

func (c *goRedis) MGet(ctx context.Context, keys []string, dst [][]byte) ([][]byte, error) {
	all, err := c.c.MGet(ctx, keys...).Result()
	for _, v := range all {
		if s, ok := v.(string); ok {
			dst = append(dst, []byte(s))
		} else {
			dst = append(dst, nil)
		}
	}
	return dst, err
}

func (c *goRedis) Incr(ctx context.Context, key string) (int64, error) {
	return c.c.Incr(ctx, key).Result()
}

func (c *goRedis) Touch(ctx context.Context, key string, expiry time.Duration) (bool, error) {
	return c.c.Expire(ctx, key, expiry).Result()
}

func (c *goRedis) Close() error { return c.c.Close() }

type rueidisClient struct{ c rueidis.Client }

func openRueidis(ctx context.Context, rest string, _ sut.Options) (*sut.Target, error) {
	c, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{rest}, DisableCache: true})
	if err != nil {
		return nil, err
	}
	t := &sut.Target{Caller: &rueidisClient{c}}
	t.OnClose(func() error { c.Close(); return nil })
	return t, nil
}

func (c *rueidisClient) Get(ctx context.Context, key string, dst []byte) ([]byte, bool, error) {
	v, err := c.c.Do(ctx, c.c.B().Get().Key(key).Build()).AsBytes()
	if rueidis.IsRedisNil(err) {
		return dst, false, nil
	}
	return append(dst, v...), err == nil, err
}

func (c *rueidisClient) Set(ctx context.Context, key string, value []byte, expiry time.Duration) error {
	set := c.c.B().Set().Key(key).Value(rueidis.BinaryString(value))
	if expiry > 0 {
		return c.c.Do(ctx, set.Ex(expiry).Build()).Error()
	}
	return c.c.Do(ctx, set.Build()).Error()
}

func (c *rueidisClient) Delete(ctx context.Context, key string) (bool, error) {
	n, err := c.c.Do(ctx, c.c.B().Del().Key(key).Build()).AsInt64()
	return n > 0, err
}

func (c *rueidisClient) MGet(ctx context.Context, keys []string, dst [][]byte) ([][]byte, error) {
	all, err := c.c.Do(ctx, c.c.B().Mget().Key(keys...).Build()).ToArray()
	for i := range all {
		v, e := all[i].AsBytes()
		if e != nil {
			v = nil
		}
		dst = append(dst, v)
	}
	return dst, err
}

func (c *rueidisClient) Incr(ctx context.Context, key string) (int64, error) {
	return c.c.Do(ctx, c.c.B().Incr().Key(key).Build()).AsInt64()
}

func (c *rueidisClient) Touch(ctx context.Context, key string, expiry time.Duration) (bool, error) {
	n, err := c.c.Do(ctx, c.c.B().Expire().Key(key).Seconds(int64(expiry/time.Second)).Build()).AsInt64()
	return n > 0, err
}

func (c *rueidisClient) Close() error { c.c.Close(); return nil }

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
