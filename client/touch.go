package client

import (
	"context"
	"time"
)

// GetAndTouch returns the value of key and makes the entry expire after ttl from now, in
// one round trip, as for a session that stays alive while it is used. With NoExpiry the
// entry does not expire. The error matches ErrNotFound when the key does not exist.
//
// It is a write: the primary answers it. It is tried again when its outcome is unknown,
// since repeating it is harmless.
func (c *Client) GetAndTouch(ctx context.Context, key string, ttl time.Duration) ([]byte, error) {
	var rq [1]request
	rq[0] = touch(key, ttl)
	r, err := c.doWrite(ctx, rq[:])
	if err != nil {
		return nil, err
	}
	if r.null() {
		return nil, c.missing(OpGetAndTouch, key)
	}
	return r.b, nil
}

func touch(key string, ttl time.Duration) request {
	rq := request{op: OpGetAndTouch, key: key, retry: true}
	rq.life(ttl)
	return rq
}

// GetAndTouch adds a GetAndTouch; its result is Bytes.
func (p *Pipeline) GetAndTouch(key string, ttl time.Duration) Queued {
	return p.add(touch(key, ttl), nil)
}

// Expire adds an Expire; its result is OK, which is false if the key does not exist.
func (p *Pipeline) Expire(key string, ttl time.Duration) Queued {
	rq := request{op: OpExpire, key: key}
	rq.life(ttl)
	return p.add(rq, nil)
}

// Pipelined calls add with an empty Pipeline and then Exec. If add returns an error,
// Pipelined sends nothing and returns that error. After Pipelined, the Queued results that
// add has kept can be read.
func (c *Client) Pipelined(ctx context.Context, add func(p *Pipeline) error) error {
	p := c.Pipeline()
	if err := add(p); err != nil {
		return err
	}
	return p.Exec(ctx)
}
