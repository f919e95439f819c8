package client

import (
	"context"
	"errors"

	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/ring"
)

// checkCommand refuses what must not be sent on a shared connection: commands that
// are bound to one, and an empty command, which no node answers, so that the reply
// to the next request would be taken for its own.
func checkCommand(args []string) *Error {
	if len(args) == 0 {
		return &Error{Op: OpDo, kind: kNotSent, Err: errors.New("no command")}
	}
	if name, instead, bound := command.Bound(args); bound {
		return &Error{Op: OpDo, kind: kBound | kNotSent, Err: boundCommand{name, instead}}
	}
	return nil
}

// boundCommand says which command was refused and what to use.
type boundCommand struct{ name, instead string }

func (e boundCommand) Error() string { return e.name + "; use " + e.instead }

// Do sends any command to the primary of key's group and returns its answer. It
// is tried again only when it surely was not sent. An error that the node
// answers with is returned as one. Commands that change a connection, hold it up
// or take it over, such as SELECT, WAIT or SUBSCRIBE, are ErrBoundCommand here,
// in DoRead, DoNode and Pipeline.
func (c *Client) Do(ctx context.Context, key string, args ...string) (Value, error) {
	var rq [1]request
	rq[0] = request{op: OpDo, key: key, args: args, mutates: true}
	r, err := c.doWrite(ctx, rq[:])
	if err != nil {
		return Value{}, err
	}
	return r.value(), nil
}

// DoRead sends a command that changes nothing to a member of key's group, as Get
// does, and returns its answer. An error that the node answers with is returned
// as one.
func (c *Client) DoRead(ctx context.Context, key string, args ...string) (Value, error) {
	var rq [1]request
	rq[0] = request{op: OpDo, key: key, args: args}
	r, err := c.doWrite(ctx, rq[:]) // a group's only member would execute a write
	if err != nil {
		return Value{}, err
	}
	return r.value(), nil
}

// DoNode sends any command to the node with the given id or address, whatever
// keys it is about.
func (c *Client) DoNode(ctx context.Context, node string, args ...string) (v Value, err error) {
	err = c.observe(ctx, OpDo, 0, func(ctx context.Context, e *Event) error {
		var rq [1]request
		rq[0] = request{op: OpDo, args: args, mutates: true}
		if failure := rq[0].check(); failure != nil {
			return failure
		}
		n := c.topology.Load().node(node)
		if n == nil {
			return noSuchNode(OpDo, node)
		}
		e.asked(n, 1)
		c.forget(rq[:])
		r, failure := n.attempt(ctx, rq[:], nil, 0)
		c.forget(rq[:])
		if failure != nil {
			return failure
		}
		if r.err != nil {
			return n.refused(OpDo, r.err)
		}
		v = r.value()
		return nil
	})
	return v, err
}

func noSuchNode(op Op, node string) *Error {
	return &Error{Op: op, Node: node, kind: kNotSent | kUnavailable, Err: errors.New("no such node")}
}

// DoRead adds any command that changes nothing; its result is Value.
func (p *Pipeline) DoRead(key string, args ...string) Queued {
	return p.add(request{op: OpDo, key: key, args: args}, nil)
}

// Do adds any command, which is sent to the primary of key's group; its result is
// Value, or Int where the answer is an integer.
func (p *Pipeline) Do(key string, args ...string) Queued {
	return p.add(request{op: OpDo, key: key, args: args, mutates: true}, nil)
}

// Value returns the answer to a Do or DoRead.
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
