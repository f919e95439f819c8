package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/ring"
)

// time30 is more than any answer takes on a busy machine.
const time30 = 30 * time.Second

// use are what workers do with their keys. Each has its result judged.
var use = map[string]func(ctx context.Context, c *Client, o *owned, r *rand.Rand) error{
	"Get": func(ctx context.Context, c *Client, o *owned, r *rand.Rand) error {
		k := o.keys[r.IntN(len(o.keys))]
		v, err := c.Get(ctx, k)
		return o.check(k, v, err)
	},
	"FromPrimary": func(ctx context.Context, c *Client, o *owned, r *rand.Rand) error {
		k := o.keys[r.IntN(len(o.keys))]
		v, err := c.Get(ctx, k, FromPrimary())
		return o.check(k, v, err)
	},
	"Set": func(ctx context.Context, c *Client, o *owned, r *rand.Rand) error {
		k := o.keys[r.IntN(len(o.keys))]
		return c.Set(ctx, k, o.value(k))
	},
	"Delete": func(ctx context.Context, c *Client, o *owned, r *rand.Rand) error {
		k := o.keys[r.IntN(len(o.keys))]
		_, there := o.values[k]
		delete(o.values, k)
		existed, err := c.Delete(ctx, k)
		if err == nil && existed != there {
			err = fmt.Errorf("Delete says that %s existed: %v", k, existed)
		}
		return err
	},
	"Incr": func(ctx context.Context, c *Client, o *owned, r *rand.Rand) error {
		k := o.keys[r.IntN(len(o.keys))] + "-n"
		n, err := c.Incr(ctx, k, 1)
		if o.counters[k]++; err == nil && n != o.counters[k] {
			err = fmt.Errorf("%s is %d, want %d", k, n, o.counters[k])
		}
		return err
	},
	"GetMany": func(ctx context.Context, c *Client, o *owned, _ *rand.Rand) error {
		results, err := c.GetMany(ctx, o.keys)
		for i, k := range o.keys {
			err = errors.Join(err, o.check(k, results[i].Value, results[i].Err))
		}
		return err
	},
	"SetMany": func(ctx context.Context, c *Client, o *owned, r *rand.Rand) error {
		var items []Item
		for _, k := range append(o.keys, o.keys[r.IntN(len(o.keys))]) { // one of them twice
			items = append(items, Item{Key: k, Value: o.value(k)})
		}
		return c.SetMany(ctx, items)
	},
	"Pipeline": func(ctx context.Context, c *Client, o *owned, r *rand.Rand) error {
		p, judge := c.Pipeline(), []func() error{}
		for _, k := range o.keys {
			p.Set(k, o.value(k))
			want, got := o.values[k], p.Get(k)
			judge = append(judge, func() error {
				v, err := got.Bytes()
				if err == nil && string(v) != want {
					err = fmt.Errorf("in a pipeline %s is %q, want %q", k, v, want)
				}
				return err
			})
		}
		err := p.Exec(ctx)
		for _, j := range judge {
			err = errors.Join(err, j())
		}
		return err
	},
}

// TestManyMoves moves slots at random between groups while clients write and read them in every way, also with hedged reads
// and a near cache. No value is old, no key is missed, and nothing fails. Scans find every key that is always there.
func TestManyMoves(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	m, near := newMovable(t, 3), newMapNear()
	clients := []*Client{m.client(), m.client(WithHedgedReads()), m.client(WithNearCache(near))}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	var (
		ended, scans atomic.Int64
		stop         atomic.Bool
		workers      sync.WaitGroup
	)
	users, moves, operations, rounds := 6, 40, int64(1500), int64(2)
	if testkit.Race { // each takes several times as long
		users, moves, operations, rounds = 3, 12, 300, 1
	}
	for i := range users {
		workers.Go(func() {
			r, o, c := rand.New(rand.NewPCG(seed, uint64(i))), newOwned(i, 12), clients[i%len(clients)]
			for !stop.Load() && !t.Failed() {
				for name, do := range use { // in random order
					if err := do(ctx, c, o, r); err != nil {
						t.Errorf("worker %d, %s: %v", i, name, err)
						return
					}
					ended.Add(1)
				}
			}
		})
	}
	workers.Go(func() { m.scan(ctx, clients[0], &stop, &scans) })
	m.shuffle(ctx, clients[0], clients[2], rand.New(rand.NewPCG(seed, 99)), moves, func() bool {
		return ended.Load() < operations || scans.Load() < rounds
	})
	stop.Store(true)
	workers.Wait()
	t.Logf("%d moves, %d operations, %d scans", m.version-1, ended.Load(), scans.Load())
}

// shuffle moves slots, at least fewest times and while goes says so. With each move goes the slot of a key that other has written
// and near has a copy of: once the client of near knows the owner, it must not return the copy.
func (m *movable) shuffle(ctx context.Context, other, near *Client, r *rand.Rand, fewest int, goes func() bool) {
	for i := 0; (i < fewest || goes()) && !m.t.Failed() && ctx.Err() == nil; i++ {
		key, slots := fmt.Sprint("near", r.IntN(100)), ring.SlotSet{}
		of := ring.Slot(key)
		from := int(m.owner[of])
		to := (from + 1 + r.IntN(len(m.groups)-1)) % len(m.groups)
		share := 1 + r.IntN(100)
		for slot, at := range m.owner {
			if int(at) == from && (slot == of || r.IntN(100) < share) {
				slots.Add(slot, slot)
			}
		}
		if _, err := near.Get(ctx, key); err != nil && !errors.Is(err, ErrNotFound) {
			m.t.Errorf("near: %v", err)
		}
		want := fmt.Sprint("move ", i)
		if err := other.Set(ctx, key, []byte(want)); err != nil {
			m.t.Errorf("other: %v", err)
		}
		m.move(&slots, from, to)
		if r.IntN(2) == 0 {
			testkit.Eventually(m.t, "the client with the near cache knows the owner", func() bool { return near.owns(m.groups[to].name, key) })
			if v, err := near.Get(ctx, key); err != nil || string(v) != want {
				m.t.Errorf("near: after move %d %s is %q, %v", i, key, v, err)
			}
		}
		if r.IntN(3) == 0 { // the others, which know nothing of it so far
			for _, g := range m.groups {
				m.redirect(g, nil)
				m.tell(g)
			}
		}
	}
}

// scan writes keys that stay, and scans as long as it may.
func (m *movable) scan(ctx context.Context, c *Client, stop *atomic.Bool, scans *atomic.Int64) {
	for i := range 200 {
		if err := c.Set(ctx, fmt.Sprint("stays", i), nil); err != nil {
			m.t.Error(err)
		}
	}
	for !stop.Load() && !m.t.Failed() {
		seen := map[string]bool{}
		for key, err := range c.Scan(ctx, ScanOptions{Match: "stays*", Count: 20, FromPrimary: scans.Load()%2 == 0}) {
			if err != nil {
				m.t.Errorf("scan: %v", err)
				return
			}
			seen[key] = true
		}
		if len(seen) < 200 {
			m.t.Errorf("a scan found %d of 200 keys", len(seen))
		}
		scans.Add(1)
	}
}
