package client

import (
	"context"
	"errors"
	"iter"

	"github.com/cachegopher/cachegopher/internal/command"
)

// Do sends any command to the primary of its key's group and returns the answer:
//
//	v, err := c.Do(ctx, "SETRANGE", "user:42", "7", "x")
//
// The table of commands says which argument is the key; for a command that the table does
// not have, it is the first one. A command without a key goes to any group: use DoNode to
// choose the node. All keys must be in one group.
//
// The command is tried again only when it certainly was not sent. A node's error reply is
// returned as an error. Commands that change a connection, hold it up or take it over, such
// as SELECT, WAIT or SUBSCRIBE, fail with ErrBoundCommand, also in DoRead, DoNode and
// Pipeline.
func (c *Client) Do(ctx context.Context, args ...string) (Value, error) {
	rq := c.command(args)
	rq.mutates = true
	return c.doCommand(ctx, rq)
}

// DoRead is Do for a command that changes nothing: any member of the group may answer it, as
// with Get.
func (c *Client) DoRead(ctx context.Context, args ...string) (Value, error) {
	return c.doCommand(ctx, c.command(args))
}

func (c *Client) doCommand(ctx context.Context, command request) (Value, error) {
	rq := [1]request{command}
	r, err := c.doWrite(ctx, rq[:]) // for DoRead too: the command may be a write, which the primary executes
	if err != nil {
		return Value{}, err
	}
	return r.value(), nil
}

// command makes a request of a command, which goes to the group of its key.
func (c *Client) command(args []string) request {
	rq := request{op: OpDo, args: args}
	if len(args) == 0 {
		return rq // check refuses it
	}
	t, first := c.topology.Load(), true
	for key := range rq.keys() {
		if first {
			rq.key, first = key, false
		} else if t.group(key) != t.group(rq.key) {
			rq.apart = true
		}
	}
	return rq
}

// keys yields the keys of the request. Those of an OpDo are where the table of commands says; of a command that it does not
// have, the first argument is the key.
func (r *request) keys() iter.Seq[string] {
	return func(yield func(string) bool) {
		if r.op != OpDo {
			yield(r.key)
			return
		}
		if spec, known := command.Find(r.args[0]); known {
			for i := range spec.Keys(len(r.args)) {
				if !yield(r.args[i]) {
					return
				}
			}
		} else if len(r.args) > 1 {
			yield(r.args[1])
		}
	}
}

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

var errApart = errors.New("the command's keys are in different groups; send one for each")

// boundCommand says which command was refused and what to use instead.
type boundCommand struct{ name, instead string }

func (e boundCommand) Error() string { return e.name + "; use " + e.instead }

// DoNode sends any command to the node with the given id or address, whatever its keys.
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
		c.wrote(rq[:])
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
func (p *Pipeline) DoRead(args ...string) Queued { return p.add(p.c.command(args), nil) }

// Do adds any command, which is sent to the primary of its key's group; its result is
// Value, or Int where the answer is an integer.
func (p *Pipeline) Do(args ...string) Queued {
	rq := p.c.command(args)
	rq.mutates = true
	return p.add(rq, nil)
}

// Value returns the answer to a Do or DoRead.
func (q Queued) Value() (Value, error) {
	r := q.reply()
	if r.err != nil {
		return Value{}, r.err
	}
	return r.value(), nil
}
