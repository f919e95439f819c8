package client

import "github.com/cachegopher/cachegopher/internal/command"

// forget drops the keys that the requests change from the near cache. It is called before
// they are sent, so that no old value remains once the caller has its answer, and again
// afterwards, to drop values that were read meanwhile.
func (c *Client) forget(reqs []request) {
	if c.opts.near == nil {
		return
	}
	for i := range reqs {
		switch rq := &reqs[i]; {
		case rq.op == OpDo:
			forgetCommand(c.opts.near, rq.args)
		case rq.writes():
			c.opts.near.Forget(rq.key)
		}
	}
}

// wrote is called with requests that have been answered, or given up, before the caller knows.
func (c *Client) wrote(reqs []request) {
	c.forget(reqs)
	c.opts.own.note(reqs)
}

// forgetCommand drops the keys that a command changes according to the table of commands,
// or everything if the table does not say.
func forgetCommand(near NearCache, args []string) {
	if len(args) == 0 {
		return // check refuses it
	}
	spec, known := command.Find(args[0])
	switch {
	case known && !spec.Writes():
	case !known || spec.First == 0:
		near.Clear()
	default:
		for i := range spec.Keys(len(args)) {
			near.Forget(args[i])
		}
	}
}
