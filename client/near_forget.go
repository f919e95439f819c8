package client

import "github.com/cachegopher/cachegopher/internal/command"

// forget drops from the near cache what the requests change. It is called before
// they are sent, so that no reader keeps the old value once the caller has its
// answer, and afterwards, so that none that was read meanwhile stays.
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

// forgetCommand drops the keys that a command changes by the table of commands,
// and everything when that does not tell.
func forgetCommand(near NearCache, args []string) {
	if len(args) == 0 {
		return // it is refused
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
