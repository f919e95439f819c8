package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"github.com/cachegopher/cachegopher/bench/sut"
)

// goRedis reads and writes through face, either c itself or its automatic pipeline.
type goRedis struct {
	c    redis.UniversalClient
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

// openGoRedisCluster opens a client of Redis Cluster with the nodes of a list.
func openGoRedisCluster(ctx context.Context, rest string, o sut.Options) (*sut.Target, error) {
	logging.Disable() // it has a line for each connection that is refused
	c := redis.NewClusterClient(&redis.ClusterOptions{Addrs: strings.Split(rest, ","), ReadTimeout: o.Timeout})
	return fromGoRedis(ctx, &goRedis{c, c})
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
