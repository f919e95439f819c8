package sut

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/config"
)

// clientTarget is our Go client, routing over a whole topology.
type clientTarget struct{ c *client.Client }

// OpenClient opens client:FILE.json, or client://user@host:port for a single node; local:FILE.json and local://host:port are
// the same with reads from memory.
func OpenClient(ctx context.Context, rest string, o Options) (*Target, error) {
	opts := slices.Clone(o.Client)
	local := o.scheme == "local:"
	if local {
		opts = append(opts, client.WithLocalReads())
	}
	if o.Timeout > 0 {
		opts = append(opts, client.WithReadTimeout(o.Timeout))
	}
	opt := client.WithConfigFile(rest)
	auth := client.WithAuth("", "")
	t := &Target{}
	if len(rest) > 2 && rest[:2] == "//" {
		u, err := parseRest(rest[2:])
		if err != nil {
			return nil, err
		}
		opt = client.WithServers(u.Host)
		user, password, err := signIn(u)
		if err != nil {
			return nil, err
		}
		auth = client.WithAuth(user, password)
	} else if rest == "" {
		return nil, fmt.Errorf("give %sFILE.json or %s//host:port", o.scheme, o.scheme)
	} else {
		cfg, err := config.Load(rest)
		if err != nil {
			return nil, err
		}
		t.Eventual = len(cfg.Servers) > 1
	}
	if err := t.useClient(ctx, local, append(opts, opt, auth)...); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// useClient makes a Go client the Caller of t. If local, it waits until the client reads the memory of a node.
func (t *Target) useClient(ctx context.Context, local bool, opts ...client.Option) error {
	c, err := client.New(opts...)
	if err != nil {
		return err
	}
	t.Caller = &clientTarget{c}
	t.OnClose(c.Close)
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := c.Ping(ctx); err != nil || !local {
		return err
	}
	for {
		nodes := c.Nodes()
		if slices.ContainsFunc(nodes, func(n client.NodeStatus) bool { return n.Local }) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: no node lets this client read its memory: %w", ErrMissing, nodes[0].LocalErr)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (t *clientTarget) Get(ctx context.Context, key string, dst []byte) ([]byte, bool, error) {
	v, err := t.c.GetTo(ctx, key, dst)
	if errors.Is(err, client.ErrNotFound) {
		return v, false, nil
	}
	return v, err == nil, err
}

func (t *clientTarget) Set(ctx context.Context, key string, value []byte, expiry time.Duration) error {
	if expiry > 0 {
		return t.c.Set(ctx, key, value, client.TTL(expiry))
	}
	return t.c.Set(ctx, key, value)
}

func (t *clientTarget) Delete(ctx context.Context, key string) (bool, error) {
	return t.c.Delete(ctx, key)
}

func (t *clientTarget) MGet(ctx context.Context, keys []string, dst [][]byte) ([][]byte, error) {
	rs, err := t.c.GetMany(ctx, keys)
	if err != nil {
		return dst, err
	}
	for _, r := range rs {
		v, err := r.Value, r.Err
		switch {
		case errors.Is(err, client.ErrNotFound):
			v = nil
		case err != nil:
			return dst, err
		case v == nil:
			v = []byte{}
		}
		dst = append(dst, v)
	}
	return dst, nil
}

func (t *clientTarget) Incr(ctx context.Context, key string) (int64, error) {
	return t.c.Incr(ctx, key, 1)
}

func (t *clientTarget) Touch(ctx context.Context, key string, expiry time.Duration) (bool, error) {
	err := t.c.Expire(ctx, key, expiry)
	if errors.Is(err, client.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (t *clientTarget) Close() error { return t.c.Close() }
