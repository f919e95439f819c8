package client

import (
	"context"
	"time"
)

// Cache has the methods of Client that most programs use. A program that takes a Cache can
// be tested with a short fake; see the example. Methods may be added before version 1: a
// fake that embeds the interface still compiles.
type Cache interface {
	Get(ctx context.Context, key string, opts ...ReadOption) ([]byte, error)
	GetAndTouch(ctx context.Context, key string, ttl time.Duration) ([]byte, error)
	GetMany(ctx context.Context, keys []string, opts ...ReadOption) ([]Result, error)
	GetOrLoad(ctx context.Context, key string, ttl time.Duration, load func(context.Context) ([]byte, error)) ([]byte, error)
	Set(ctx context.Context, key string, value []byte, opts ...SetOption) error
	SetMany(ctx context.Context, items []Item, opts ...SetOption) error
	Add(ctx context.Context, key string, value []byte, opts ...SetOption) (bool, error)
	Delete(ctx context.Context, key string, opts ...SetOption) (bool, error)
	Incr(ctx context.Context, key string, delta int64) (int64, error)
	Expire(ctx context.Context, key string, ttl time.Duration) error
}

var _ Cache = (*Client)(nil)
