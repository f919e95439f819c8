//go:build linux

package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/netfault"
)

// away is the pass line of attacks that take nodes away from their clients.
var away = passLine{errors: true, log: 2000}

// linkAttacks disturb the links between the nodes of a group. Clients of any node must not notice.
func linkAttacks() []attack {
	line := passLine{log: 2000, slow: true}
	wide := settings{common: map[string]any{"replication_log": "32MB"}}
	return []attack{
		{family: "groups", name: "partitions, both ways", full: 12, quick: 2, group: true, line: line, run: partitions(netfault.Fault{Refuse: true}, true)},
		{family: "groups", name: "partitions, what the primary sends vanishes", full: 8, quick: 0, group: true, line: line, run: partitions(netfault.Fault{LoseDown: true}, false)},
		{family: "groups", name: "partitions, what secondaries send vanishes", full: 8, quick: 0, group: true, line: line, run: partitions(netfault.Fault{LoseUp: true}, false)},
		{family: "groups", name: "links that break every second (no full syncs)", full: 20, quick: 0, group: true, settings: wide, line: line, run: flapping},
		{family: "groups", name: "delays, pieces, duplicated connections, resets", full: 60, quick: 5, group: true, line: line, run: mess},
		{family: "groups", name: "64 KB values above the rate of a secondary's link", full: 1000, quick: 0, group: true, line: line, run: narrow},
		{family: "groups", name: "secondaries stopped and continued", full: 4, quick: 0, group: true, line: away, run: stopNode(1, 4*time.Second)},
		{family: "groups", name: "a secondary stopped for two minutes", full: 1, quick: 0, group: true, line: away, run: stopNode(1, 2*time.Minute)},
		{family: "groups", name: "primary stopped and continued", full: 4, quick: 1, group: true, line: away, run: stopNode(0, 4*time.Second)},
		{family: "groups", name: "primary stopped until clients give up", full: 2, quick: 0, group: true, line: away, run: stopNode(0, replyWithin+3*time.Second)},
	}
}

// partitions repeatedly applies t to some link for a while.
func partitions(t netfault.Fault, cut bool) func(*field) error {
	return func(f *field) error {
		return f.each(1, func(_ int, r *rand.Rand) error {
			x := f.group.someProxy(r)
			x.Does(t)
			if cut {
				x.Cut()
			}
			err := sleep(f.ctx, time.Duration(300+r.IntN(pick(f, 2000, 700)))*time.Millisecond)
			x.Does(netfault.Fault{})
			if err == nil {
				err = sleep(f.ctx, time.Duration(r.IntN(500))*time.Millisecond)
			}
			return err
		})
	}
}

func flapping(f *field) error {
	before, err := f.group.fullSyncs(f.ctx)
	if err != nil {
		return err
	}
	err = f.each(1, func(int, *rand.Rand) error {
		for _, x := range f.group.proxies {
			x.Cut()
		}
		return sleep(f.ctx, time.Second)
	})
	if err != nil {
		return err
	}
	after, err := f.group.fullSyncs(f.ctx)
	if err == nil && after > before {
		err = fmt.Errorf("%d full syncs for %d short breaks of a link", after-before, f.count)
	}
	return err
}

func mess(f *field) error {
	return f.each(1, func(i int, r *rand.Rand) error {
		x := f.group.someProxy(r)
		x.Does(netfault.Fault{Split: r.IntN(2), Delay: time.Duration(r.IntN(15)) * time.Millisecond, Duplicate: r.IntN(2) == 0})
		if r.IntN(2) == 0 {
			x.Cut()
		}
		return sleep(f.ctx, time.Duration(r.IntN(300))*time.Millisecond)
	})
}

// narrow writes more than a link carries.
func narrow(f *field) error {
	f.group.proxies[0].Does(netfault.Fault{Rate: 2 << 20})
	return f.withConn(f.node.address, 0, func(c *peer) error {
		return f.each(1, func(i int, _ *rand.Rand) error {
			_, err := c.Do(20*time.Second, "SET", fmt.Sprint("narrow:", i%300), strings.Repeat(fmt.Sprint(i%10), bigValue))
			return err
		})
	})
}

// stopNode stops n0, or one of the others, for longer than the heartbeat timeout.
func stopNode(which int, span time.Duration) func(*field) error {
	return func(f *field) error {
		return f.each(1, func(i int, r *rand.Rand) error {
			n := f.group.nodes[which+which*(i%secondaries)]
			return errors.Join(f.suspend(n, pick(f, span, time.Second)), sleep(f.ctx, pick(f, 2*time.Second, 100*time.Millisecond)))
		})
	}
}
