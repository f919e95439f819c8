//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/netfault"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// libraryFault injects one fault into the client's nodes or links. links are proxies between the client and the nodes.
type libraryFault func(f *field, links []*netfault.Proxy, r *rand.Rand) error

// libraryAttacks are faults of a group and of the links to it, seen by the Go client.
func libraryAttacks() []attack {
	make := func(name string, full, quick int, fault libraryFault) attack {
		return attack{family: "client library", name: name, full: full, quick: quick, group: true, line: away,
			run: func(f *field) error { return f.throughLibrary(fault) }}
	}
	return []attack{
		make("kill -9 of any node", 10, 1, func(f *field, _ []*netfault.Proxy, r *rand.Rand) error {
			return f.restart(f.group.someNode(r), time.Duration(r.IntN(300))*time.Millisecond)
		}),
		make("kill -9 of all at once", 3, 0, func(f *field, _ []*netfault.Proxy, _ *rand.Rand) error {
			for _, n := range f.group.nodes {
				n.kill()
			}
			return f.group.heal()
		}),
		make("any node stopped and continued", 6, 0, func(f *field, _ []*netfault.Proxy, r *rand.Rand) error {
			return f.suspend(f.group.someNode(r), 1500*time.Millisecond)
		}),
		make("every connection cut (CLIENT KILL)", 30, 3, func(f *field, _ []*netfault.Proxy, r *rand.Rand) error {
			_, err := nodeprocess.Ask(f.ctx, f.group.someNode(r).address, "CLIENT", "KILL", "TYPE", "normal")
			return err
		}),
		make("links refused, silent both ways and one way", 12, 1, func(f *field, links []*netfault.Proxy, r *rand.Rand) error {
			x := links[r.IntN(len(links))]
			t := []netfault.Fault{{Refuse: true}, {LoseDown: true}, {LoseUp: true}, {LoseDown: true, LoseUp: true}}[r.IntN(4)]
			if x.Does(t); t.Refuse || r.IntN(2) == 0 {
				x.Cut()
			}
			err := sleep(f.ctx, time.Duration(300+r.IntN(1500))*time.Millisecond)
			x.Does(netfault.Fault{})
			x.Cut() // connections that stayed open would not notice the lost bytes
			return err
		}),
		make("links that delay, cut into pieces and break", 40, 4, func(f *field, links []*netfault.Proxy, r *rand.Rand) error {
			x := links[r.IntN(len(links))]
			if x.Does(netfault.Fault{Split: r.IntN(2), Delay: time.Duration(r.IntN(15)) * time.Millisecond}); r.IntN(2) == 0 {
				x.Cut()
			}
			return nil
		}),
	}
}

// throughLibrary has callers use the library during faults, and counts their results. Afterwards every request must
// succeed again, and the client must leave nothing behind.
func (f *field) throughLibrary(fault libraryFault) error {
	goroutines := runtime.NumGoroutine()
	c, links, err := f.library()
	if err != nil {
		return err
	}
	t := &tally{errors: map[string]int64{}}
	ctx, stop := context.WithCancel(f.ctx)
	defer stop()
	var callers sync.WaitGroup
	for i := range 16 {
		callers.Go(func() { f.call(ctx, c, t, uint64(i)) })
	}
	err = f.each(1, func(_ int, r *rand.Rand) error {
		return errors.Join(fault(f, links, r), sleep(f.ctx, time.Duration(200+r.IntN(800))*time.Millisecond))
	})
	if err == nil {
		err = f.group.heal()
	}
	for _, x := range links {
		x.Does(netfault.Fault{})
	}
	began := time.Now()
	if err == nil {
		err = nodeprocess.Await(f.ctx, 30*time.Second, often, func() error { return f.recovered(c) })
	}
	recovery := time.Since(began)
	stop()
	callers.Wait()
	err = errors.Join(err, c.Close())
	netfault.CloseAll(links)
	more := nodeprocess.Await(f.ctx, 10*time.Second, often, func() error {
		if n := runtime.NumGoroutine(); n > goroutines+2 { // proxies have two for each connection
			return fmt.Errorf("%d goroutines of the client's process, before %d", n, goroutines)
		}
		return nil
	})
	f.notes.add("%d right, %d of them misses, %d wrong, errors: %s; nothing right for %s at most; all right %s after the last fault", t.right, t.misses, len(t.wrong), showErrors(t.errors), show(int64(t.longest)), show(int64(recovery)))
	if len(t.wrong) > 0 {
		err = errors.Join(err, fmt.Errorf("%d values wrong: %s", len(t.wrong), t.wrong[0]))
	}
	return errors.Join(err, more)
}

// library returns a client that reaches the group's nodes through proxies.
func (f *field) library() (c *client.Client, links []*netfault.Proxy, err error) {
	defer func() {
		if err != nil {
			netfault.CloseAll(links)
		}
	}()
	servers := slices.Clone(f.group.servers)
	for i := range servers {
		x, err := netfault.New(servers[i].Address, f.seed+uint64(100+i))
		if err != nil {
			return nil, links, err
		}
		links = append(links, x)
		servers[i].Address = x.Address
	}
	path := filepath.Join(f.folder, "client.json")
	if err = nodeprocess.WriteConfig(path, servers, map[string]any{"clientConf": map[string]any{"unHealthyInterval": 1}}); err == nil {
		c, err = client.New(client.WithConfigFile(path))
	}
	return c, links, err
}

// libraryKeys is the first key of the library's callers, apart from all other keys.
const libraryKeys = 1 << 21

// call reads and writes until ctx is done.
func (f *field) call(ctx context.Context, c *client.Client, t *tally, who uint64) {
	r := rand.New(rand.NewPCG(f.seed, 500+who))
	for version := uint32(1); ctx.Err() == nil; version++ {
		key := libraryKeys + r.Uint64N(300)
		limit, cancel := context.WithTimeout(ctx, time.Second)
		var err error
		wrong := ""
		if r.IntN(4) == 0 {
			err = c.Set(limit, keyName(key), []byte(f.values.make(key, version, 16+r.IntN(2000))))
		} else {
			var v []byte
			if v, err = c.Get(limit, keyName(key)); err == nil {
				if _, _, ok := f.values.Check(key, v); !ok {
					wrong = fmt.Sprintf("%s holds %d bytes %.40q", keyName(key), len(v), v)
				}
			}
		}
		cancel()
		if ctx.Err() == nil {
			t.note(err, wrong)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// recovered makes some requests, all of which must succeed.
func (f *field) recovered(c *client.Client) error {
	for i := range uint64(20) {
		ctx, cancel := context.WithTimeout(f.ctx, time.Second)
		err := c.Set(ctx, keyName(libraryKeys+i), []byte(f.values.make(libraryKeys+i, 0, 100)))
		if err == nil {
			_, err = c.Get(ctx, keyName(libraryKeys+i))
		}
		cancel()
		if err != nil && !errors.Is(err, client.ErrNotFound) {
			return err
		}
	}
	return nil
}
