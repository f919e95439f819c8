package client

import (
	"context"
	"errors"

	"github.com/cachegopher/cachegopher/ring"
)

// DoRead sends a command that changes nothing to a member of key's group, as Get
// does, and returns its answer. An error that the node answers with is returned
// as one.
func (c *Client) DoRead(ctx context.Context, key string, args ...string) (Value, error) {
	if len(args) == 0 {
		return Value{}, &Error{Op: OpDo, kind: kNotSent, Err: errors.New("no command")}
	}
	var rq [1]request
	rq[0] = request{op: OpDo, key: key, args: args}
	r, err := c.do(ctx, rq[:], nil)
	if err != nil {
		return Value{}, err
	}
	return r.value(), nil
}

// DoRead adds any command that changes nothing; its result is Value.
func (p *Pipeline) DoRead(key string, args ...string) Queued {
	return p.add(request{op: OpDo, key: key, args: args}, nil)
}

// Value returns the answer to a DoRead.
func (q Queued) Value() (Value, error) {
	r := q.reply()
	if r.err != nil {
		return Value{}, r.err
	}
	return r.value(), nil
}

// ReadConfig reads the JSON file that WithConfigFile takes.
func ReadConfig(path string) (Config, error) { return readConfig(path) }

// Ring returns how the config's groups share the keys, as a client places them.
func (cfg Config) Ring() (*ring.Ring, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	return cfg.ring()
}
