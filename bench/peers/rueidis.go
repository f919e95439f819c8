package main

import (
	"context"
	"time"

	"github.com/redis/rueidis"

	"github.com/cachegopher/cachegopher/bench/sut"
)

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
