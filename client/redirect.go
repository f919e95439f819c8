package client

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/cachegopher/cachegopher/ring"
)

// redirected is reroutes for a client that nodes do not tell the topology, for example because its user may not use the
// command: it goes by what the answer MOVED says. After two redirections it pauses before each, since nodes may disagree.
func (a *attempts) redirected(ctx context.Context, answer error) bool {
	c, moved := a.client, codeOf(answer) == "MOVED"
	switch {
	case moved && !c.redirect(answer):
		return false // the client has no connection to that node
	case a.restart:
		return true
	case c.closed.Load() || !a.timeLeft(ctx):
		return false
	}
	if a.sent++; !moved || a.sent > 2 {
		c.pause(ctx.Done(), pauseAfter(a.sent, rand.N[time.Duration]))
	}
	a.restart = ctx.Err() == nil
	return a.restart
}

// redirect takes the owner of a slot, and the owner's primary, from the answer MOVED. It reports whether the client knows the
// node that the answer names.
func (c *Client) redirect(answer error) bool {
	var slot int
	var address string
	if n, _ := fmt.Sscanf(answer.Error(), "MOVED %d %s", &slot, &address); n < 2 || slot < 0 || slot >= ring.Slots {
		return false
	}
	c.follow.mu.Lock()
	t := c.topology.Load()
	at, member := t.memberAt(address)
	if at < 0 {
		c.follow.mu.Unlock()
		return false
	}
	t.groups[at].primary.Store(int32(member))
	o := *t.owners
	o[slot] = uint16(at)
	moved := c.own(t, &o)
	c.follow.mu.Unlock()
	moved.forget(c.opts.near)
	return true
}

// memberAt returns the index of the group with the member at this address, and of the member in it; -1: there is none.
func (t *routing) memberAt(address string) (group, member int) {
	for at, g := range t.groups {
		for i, n := range g.members {
			if slices.ContainsFunc(n.dialer.places, func(p place) bool { return p.address == address }) {
				return at, i
			}
		}
	}
	return -1, -1
}
