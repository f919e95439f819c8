package client

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Codec turns values of a type into bytes and back.
type Codec[T any] interface {
	Encode(v T) ([]byte, error)
	Decode(b []byte) (T, error)
}

// JSON is the Codec that Typed uses by default.
type JSON[T any] struct{}

// Encode returns v as JSON.
func (JSON[T]) Encode(v T) ([]byte, error) { return json.Marshal(v) }

// Decode reads JSON.
func (JSON[T]) Decode(b []byte) (v T, err error) {
	err = json.Unmarshal(b, &v)
	return v, err
}

// Typed is a client for values of one type.
//
//	users := client.NewTyped[User](c, nil)
//	u, err := users.Get(ctx, "user:42")
type Typed[T any] struct {
	c     *Client
	codec Codec[T]
}

// NewTyped returns a typed view of c. A nil codec means JSON.
func NewTyped[T any](c *Client, codec Codec[T]) Typed[T] {
	if codec == nil {
		codec = JSON[T]{}
	}
	return Typed[T]{c, codec}
}

func (t Typed[T]) decode(b []byte) (v T, err error) {
	if v, err = t.codec.Decode(b); err != nil {
		return v, fmt.Errorf("client: decoding a %T: %w", v, err)
	}
	return v, nil
}

func (t Typed[T]) encode(v T) ([]byte, error) {
	b, err := t.codec.Encode(v)
	if err != nil {
		return nil, fmt.Errorf("client: encoding a %T: %w", v, err)
	}
	return b, nil
}

// Get is Client.Get.
func (t Typed[T]) Get(ctx context.Context, key string, opts ...ReadOption) (v T, err error) {
	b, err := t.c.Get(ctx, key, opts...)
	if err != nil {
		return v, err
	}
	return t.decode(b)
}

// Set is Client.Set.
func (t Typed[T]) Set(ctx context.Context, key string, v T, opts ...SetOption) error {
	b, err := t.encode(v)
	if err != nil {
		return err
	}
	return t.c.Set(ctx, key, b, opts...)
}

// Add is Client.Add.
func (t Typed[T]) Add(ctx context.Context, key string, v T, opts ...SetOption) (bool, error) {
	b, err := t.encode(v)
	if err != nil {
		return false, err
	}
	return t.c.Add(ctx, key, b, opts...)
}

// Delete is Client.Delete.
func (t Typed[T]) Delete(ctx context.Context, key string, opts ...SetOption) (bool, error) {
	return t.c.Delete(ctx, key, opts...)
}

// TypedResult is the result for one key of Typed.GetMany.
type TypedResult[T any] struct {
	Value T
	Err   error
}

// GetMany is Client.GetMany. A value that cannot be decoded fails only its key, and does
// not count in the second result.
func (t Typed[T]) GetMany(ctx context.Context, keys []string, opts ...ReadOption) ([]TypedResult[T], error) {
	raw, err := t.c.GetMany(ctx, keys, opts...)
	rs := make([]TypedResult[T], len(raw))
	for i := range raw {
		if rs[i].Err = raw[i].Err; rs[i].Err == nil {
			rs[i].Value, rs[i].Err = t.decode(raw[i].Value)
		}
	}
	return rs, err
}

// GetOrLoad is Client.GetOrLoad.
func (t Typed[T]) GetOrLoad(ctx context.Context, key string, ttl time.Duration, load func(context.Context) (T, error)) (v T, err error) {
	b, err := t.c.GetOrLoad(ctx, key, ttl, func(ctx context.Context) ([]byte, error) {
		v, err := load(ctx)
		if err != nil {
			return nil, err
		}
		return t.encode(v)
	})
	if err != nil {
		return v, err
	}
	return t.decode(b)
}
