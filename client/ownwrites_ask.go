package client

import (
	"context"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const (
	ownPause        = 20 * time.Millisecond  // between two questions
	longestOwnPause = 160 * time.Millisecond // while they bring nothing
)

// applied is what is known of a member's share in the client's own writes.
type applied struct {
	through atomic.Uint64 // it has all writes with stamps up to this one
	asking  atomic.Bool   // a question has not been answered yet
	said    position      // its last answer; this and goal are guarded by ownWrites.mu
	goal    goal          // what it did not have at an earlier answer
}

// position is how much of which history a node has.
type position struct {
	leads   bool
	history string // empty: not known
	offset  uint64
	epoch   uint64 // of the group, as far as the node knows; 0: none, or it does not say
}

// goal is the position at which a member has all writes with stamps up to this one.
type goal struct {
	stamp uint64 // 0: none
	position
}

func (p position) reached(g goal) bool {
	return g.stamp > 0 && p.history == g.history && p.offset >= g.offset
}

// want has the members of g asked for what they have.
func (o *ownWrites) want(g *group) {
	if g.wanted.Load() {
		return
	}
	g.wanted.Store(true)
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// follow asks the groups that are wanted, until the client is closed.
func (o *ownWrites) follow(c *Client) {
	pause := ownPause
	for {
		select {
		case <-o.wake:
		case <-c.ctx.Done():
			return
		}
		for _, g := range c.topology.Load().groups {
			if g.wanted.Load() {
				o.question(c, g)
			}
		}
		select {
		case <-time.After(pause):
		case <-c.ctx.Done():
			return
		}
		if pause = min(2*pause, longestOwnPause); o.moved.Swap(false) {
			pause = ownPause
		}
	}
}

// question asks each member of g what it has, unless it has not answered the question before yet. It does not wait.
func (o *ownWrites) question(c *Client, g *group) {
	g.wanted.Store(false)
	doubts := o.doubts.Load()
	stamp := o.now.Add(1) - 1
	source := g.source() // now: the one that has acknowledged the last write with this stamp
	for i, n := range g.members {
		if n.live.Load() == 0 || n.applied.asking.Swap(true) {
			continue
		}
		c.wg.Go(func() {
			defer n.applied.asking.Store(false)
			if p := n.position(); p.history != "" {
				o.answered(g, i, source, p, stamp, doubts)
			}
		})
	}
}

// answered takes the position of the member of g at index i, where source is the index of the primary, and the question was
// asked after all writes with stamps up to this one.
func (o *ownWrites) answered(g *group, i, source int, p position, stamp, doubts uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if p.leads != (i == source) || o.doubts.Load() != doubts {
		return
	}
	if i == source {
		g.goal = goal{stamp, p}
	}
	g.members[i].applied.said = p
	for _, n := range g.members {
		n.applied.toward(g.goal, o)
	}
}

// toward compares what the member has said with the primary's latest position, and with the one that it had not reached before. It
// requires the lock of o.
func (a *applied) toward(latest goal, o *ownWrites) {
	through := uint64(0)
	switch {
	case a.said.reached(latest):
		through, a.goal = latest.stamp, goal{}
	case a.said.reached(a.goal):
		through, a.goal = a.goal.stamp, latest
	case a.goal.history != latest.history:
		a.goal = latest
	}
	if through > a.through.Load() {
		a.through.Store(through)
		o.moved.Store(true)
	}
}

// position asks the node; the history is empty if it does not say.
func (n *node) position() position {
	ctx, cancel := context.WithTimeout(n.stop, n.opts.readTimeout)
	defer cancel()
	rq := [1]request{{op: OpDo, args: []string{"REPLICA", "POSITION"}}}
	r, failure := n.attempt(ctx, rq[:], nil, 0)
	if failure == nil && r.err == nil {
		return positionOf(r.value())
	}
	return n.replication(ctx) // it is of an earlier release, or another server
}

// replication asks the node for the section "replication" of INFO; without an answer it returns the zero position.
func (n *node) replication(ctx context.Context) position {
	rq := [1]request{{op: OpDo, args: []string{"INFO", "replication"}}}
	r, failure := n.attempt(ctx, rq[:], nil, 0)
	if failure != nil || r.err != nil {
		return position{}
	}
	return readPosition(r.value().Text())
}

// positionOf reads the reply to REPLICA POSITION.
func positionOf(v Value) position {
	if len(v.Array) != 3 || v.Array[2].Int < 0 {
		return position{}
	}
	return position{leads: v.Array[0].Text() == "master", history: v.Array[1].Text(), offset: uint64(v.Array[2].Int)}
}

// readPosition reads the section "replication" of INFO.
func readPosition(text string) (p position) {
	var err error
	offsetOf := "slave_repl_offset"
	for line := range strings.Lines(text) {
		switch name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ":"); name {
		case "role":
			if p.leads = value == "master"; p.leads {
				offsetOf = "master_repl_offset"
			}
		case "master_replid":
			p.history = value
		case "epoch":
			if p.epoch, err = strconv.ParseUint(value, 10, 64); err != nil {
				return position{}
			}
		case offsetOf:
			if p.offset, err = strconv.ParseUint(value, 10, 64); err != nil {
				return position{}
			}
		}
	}
	return p
}
