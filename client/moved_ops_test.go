package client

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// operation reads or writes keys that have the value 7, and says what it got.
type operation func(ctx context.Context, c *Client, keys []string) (string, error)

// onOne are operations on one key, and what they return.
var onOne = map[string]struct {
	do   func(ctx context.Context, c *Client, key string) (string, error)
	want string
}{
	"Get": {func(ctx context.Context, c *Client, k string) (string, error) {
		v, err := c.Get(ctx, k)
		return string(v), err
	}, "7"},
	"FromPrimary": {func(ctx context.Context, c *Client, k string) (string, error) {
		v, err := c.Get(ctx, k, FromPrimary())
		return string(v), err
	}, "7"},
	"GetTo": {func(ctx context.Context, c *Client, k string) (string, error) {
		v, err := c.GetTo(ctx, k, []byte{})
		return string(v), err
	}, "7"},
	"TTL": {func(ctx context.Context, c *Client, k string) (string, error) {
		d, err := c.TTL(ctx, k)
		return fmt.Sprint(d == NoExpiry), err
	}, "true"},
	"GetWithTTL": {func(ctx context.Context, c *Client, k string) (string, error) {
		v, _, err := c.GetWithTTL(ctx, k)
		return string(v), err
	}, "7"},
	"GetOrLoad": {func(ctx context.Context, c *Client, k string) (string, error) {
		v, err := c.GetOrLoad(ctx, k, time.Hour, func(context.Context) ([]byte, error) { return nil, errors.New("loaded") })
		return string(v), err
	}, "7"},
	"Set": {func(ctx context.Context, c *Client, k string) (string, error) { return "", c.Set(ctx, k, []byte("8")) }, ""},
	"Add": {func(ctx context.Context, c *Client, k string) (string, error) {
		ok, err := c.Add(ctx, k, nil)
		return fmt.Sprint(ok), err
	}, "false"},
	"Delete": {func(ctx context.Context, c *Client, k string) (string, error) {
		ok, err := c.Delete(ctx, k)
		return fmt.Sprint(ok), err
	}, "true"},
	"Incr": {func(ctx context.Context, c *Client, k string) (string, error) {
		n, err := c.Incr(ctx, k, 2)
		return fmt.Sprint(n), err
	}, "9"},
	"Expire": {func(ctx context.Context, c *Client, k string) (string, error) { return "", c.Expire(ctx, k, time.Hour) }, ""},
	"GetAndTouch": {func(ctx context.Context, c *Client, k string) (string, error) {
		v, err := c.GetAndTouch(ctx, k, time.Hour)
		return string(v), err
	}, "7"},
	"Do": {func(ctx context.Context, c *Client, k string) (string, error) {
		v, err := c.Do(ctx, "INCRBY", k, "1")
		return fmt.Sprint(v.Int), err
	}, "8"},
	"DoRead": {func(ctx context.Context, c *Client, k string) (string, error) {
		v, err := c.DoRead(ctx, "GET", k)
		return v.Text(), err
	}, "7"},
}

// onMany are operations on many keys; they return how many results are right.
var onMany = map[string]operation{
	"GetMany": func(ctx context.Context, c *Client, keys []string) (string, error) {
		rs, err := c.GetMany(ctx, keys)
		right := 0
		for _, r := range rs {
			if string(r.Value) == "7" {
				right++
			}
		}
		return fmt.Sprint(right), err
	},
	"SetMany": func(ctx context.Context, c *Client, keys []string) (string, error) {
		items := make([]Item, len(keys))
		for i, k := range keys {
			items[i] = Item{Key: k, Value: []byte("8")}
		}
		return fmt.Sprint(len(keys)), c.SetMany(ctx, items)
	},
	"DeleteMany": func(ctx context.Context, c *Client, keys []string) (string, error) {
		n, err := c.DeleteMany(ctx, keys)
		return fmt.Sprint(n), err
	},
	"Pipeline": func(ctx context.Context, c *Client, keys []string) (string, error) {
		p, got := c.Pipeline(), []Queued(nil)
		for _, k := range keys {
			p.Incr(k, 3)
			p.Set(k, []byte("20"))
			got = append(got, p.Incr(k, 1))
		}
		err, right := p.Exec(ctx), 0
		for _, q := range got {
			if n, _ := q.Int(); n == 21 {
				right++
			}
		}
		return fmt.Sprint(right), err
	},
}
