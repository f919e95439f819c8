package sim

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/replica"
)

// node is one member of the group; each start of it is a new run.
type node struct {
	w     *world
	index int
	id    string
	alive bool
	run   int
	skew  time.Duration // of its clock
	clock int64         // the latest time it told

	cache   *lru.Cache
	store   replica.Store
	log     *replica.Log
	primary *replica.Primary
	links   []*linkDriver
	second  *replica.Secondary
	old     *memory // a copy of what it held some time ago
}

// memory is what a node held, to be restarted with.
type memory struct {
	entries  map[string]entry
	position replica.Position
}

// entry is a value and its expiry in milliseconds.
type entry struct {
	value    string
	expireAt int64
}

// epoch is the time of day when the world begins, in milliseconds.
const epoch = int64(1_700_000_000_000)

// time is the node's clock: it may be wrong but never goes back.
func (n *node) time() int64 {
	n.clock = max(n.clock, epoch+(n.w.now+n.skew).Milliseconds())
	return n.clock
}

func (n *node) start(from *memory) {
	w := n.w
	n.run++
	n.alive, n.clock = true, 0
	var err error
	n.cache, err = lru.New(lru.Options{MaxEntries: 100_000, MaxMemory: 64 << 20, Shards: 4, Clock: n.time,
		Seed: 1 + w.rnd.Uint64N(1<<60), NoBackground: true})
	if err != nil {
		w.fail("make a store: %v", err)
		return
	}
	if from != nil {
		for _, k := range slices.Sorted(maps.Keys(from.entries)) { // in an order of its own, so that a seed replays
			e := from.entries[k]
			if err := n.cache.Set([]byte(k), []byte(e.value), e.expireAt); err != nil {
				w.fail("restore: %v", err)
			}
		}
	}
	n.store = w.mutation.wrap(replica.NewCacheStore(n.cache))
	group, timing := "g", replica.Timing{Beat: time.Second}
	if n.index > 0 {
		n.second = replica.NewSecondary(replica.SecondaryOptions{Group: group, ID: n.id, Primary: w.nodes[0].id,
			Store: n.store, Timing: timing, Logger: w.logger(n)}, w.now)
		if from != nil {
			n.second.Resume(from.position)
		}
		n.tick(n.run)
		return
	}
	if n.log, err = replica.NewLog(replica.MinLog); err != nil {
		w.fail("make a log: %v", err)
		return
	}
	o := replica.PrimaryOptions{Group: group, ID: n.id, Store: n.store, Log: n.log, Batch: w.params.batch, Timing: timing,
		Wall: n.time, Rand: rand.New(rand.NewPCG(w.rnd.Uint64(), 1)), Recover: w.rnd.IntN(2) == 0, Logger: w.logger(n)}
	for _, s := range w.nodes[1:] {
		o.Secondaries = append(o.Secondaries, s.id)
	}
	n.primary = replica.NewPrimary(o, w.now)
	n.links = nil
	for i, l := range n.primary.Links() {
		d := &linkDriver{w: w, n: n, run: n.run, peer: w.nodes[1+i], link: l}
		l.OnWake(d.poke)
		n.links = append(n.links, d)
		d.poke()
	}
}

// tick calls what a secondary's server calls a few times a second.
func (n *node) tick(run int) {
	if n.alive && n.run == run {
		n.second.Tick(n.w.now)
		n.w.after(200*time.Millisecond, func() { n.tick(run) })
	}
}

// crash ends the node at once.
func (n *node) crash() {
	n.alive = false
	for _, c := range append([]*conn(nil), n.w.conns...) {
		if c.out.from == n.index || c.out.to == n.index {
			c.cut()
		}
	}
	if err := n.cache.Close(); err != nil {
		n.w.fail("close a store: %v", err)
	}
	n.cache = nil
}

func (n *node) serving() bool {
	if !n.alive {
		return false
	}
	if n.second != nil && n.index > 0 {
		return true
	}
	select {
	case <-n.primary.Serving():
		return true
	default:
		return false
	}
}

// contents are all entries that have not expired by the node's clock.
func (n *node) contents() map[string]entry {
	all := map[string]entry{}
	for cursor := uint64(0); ; {
		cursor = n.cache.Scan(cursor, 1000, n.time(), func(s *lru.Shard, e lru.Entry, key []byte) {
			all[string(key)] = entry{string(s.AppendValue(nil, e)), s.Expiry(e)}
		})
		if cursor == 0 {
			return all
		}
	}
}

func (n *node) remember() {
	m := &memory{entries: n.contents()}
	if n.second != nil {
		m.position = n.second.Position()
	}
	n.old = m
}

// linkDriver does what a link says, over simulated connections.
type linkDriver struct {
	w      *world
	n      *node
	run    int
	peer   *node
	link   *replica.Link
	c      *conn
	poked  bool
	waitNo int
}

func (d *linkDriver) live() bool { return d.n.alive && d.n.run == d.run }

// poke has the link asked soon.
func (d *linkDriver) poke() {
	if !d.poked {
		d.poked = true
		d.w.after(0, func() { d.poked = false; d.step() })
	}
}

func (d *linkDriver) step() {
	d.waitNo++
	for d.live() && d.w.err == nil {
		if d.c != nil && d.c.out.flying > d.w.params.window {
			return // as if blocked in a write; delivery pokes
		}
		a := d.link.Next(d.w.now)
		if held := d.link.Held(); held > 2<<20 {
			d.w.fail("a link holds %d bytes", held)
		}
		switch a.Do {
		case replica.DoWait:
			no := d.waitNo
			if a.Until-d.w.now < time.Hour {
				d.w.after(a.Until-d.w.now, func() {
					if d.waitNo == no {
						d.step()
					}
				})
			}
			return
		case replica.DoDial:
			d.dial()
		case replica.DoSend:
			if d.c != nil {
				d.c.out.send(a.Data)
			}
		case replica.DoClose:
			if c := d.c; c != nil {
				d.c = nil
				c.close()
			}
		}
	}
}

func (d *linkDriver) dial() {
	w := d.w
	w.after(w.upTo(w.params.delay), func() {
		if !d.live() {
			return
		}
		blocked := w.blocked[[2]int{d.n.index, d.peer.index}] || w.blocked[[2]int{d.peer.index, d.n.index}]
		switch {
		case blocked:
			w.after(time.Second, func() {
				if d.live() {
					d.link.Dialed(w.now, errTimeout)
					d.poke()
				}
			})
			return
		case !d.peer.alive:
			d.link.Dialed(w.now, errRefused)
		default:
			d.c = w.connect(d, d.peer)
			d.link.Dialed(w.now, nil)
		}
		d.poke()
	})
}

func (d *linkDriver) receive(b []byte) {
	if d.live() {
		d.link.Received(d.w.now, b)
		d.poke()
	}
}

func (d *linkDriver) broken(c *conn) {
	if d.live() && d.c == c {
		d.c = nil
		d.link.Broken(errReset)
		d.poke()
	}
}

// acceptor is a secondary's end of a connection.
type acceptor struct {
	w      *world
	n      *node
	run    int
	c      *conn
	stream *replica.Stream
	in     []byte
	queued bool
}

func (a *acceptor) live() bool { return a.n.alive && a.n.run == a.run }

func (a *acceptor) receive(b []byte) {
	if a.live() {
		a.in = append(a.in, b...)
		a.turn()
	}
}

// turn runs the stream after a while, and again as long as it has something to do.
func (a *acceptor) turn() {
	if a.queued {
		return
	}
	a.queued = true
	a.w.after(a.w.upTo(a.w.params.slow), func() {
		a.queued = false
		if !a.live() || a.w.err != nil {
			return
		}
		if a.stream == nil && !a.open() {
			return
		}
		if a.c.closed && len(a.in) == 0 {
			return
		}
		limit := 1 + a.w.rnd.IntN(64<<10)
		used, out, err := a.stream.Run(a.w.now, a.in, nil, limit)
		a.in = a.in[used:]
		a.c.back.send(out)
		if err != nil {
			a.w.note("%s closes a stream: %v", a.n.id, err)
			a.c.close()
			return
		}
		if a.stream.More() && !a.c.closed {
			a.turn()
		}
	})
}

// open waits for the greeting and answers it.
func (a *acceptor) open() bool {
	args, n := wire.Whole(a.in, 0, nil)
	if n == 0 {
		return false
	}
	var words []string
	for _, s := range args[2:] {
		words = append(words, string(s.Of(a.in)))
	}
	a.in = a.in[n:]
	stream, answer, err := a.n.second.Open(a.w.now, "sim", words, func() { a.c.close() })
	a.c.back.send([]byte(answer))
	if err != nil {
		a.w.fail("refused: %v", err)
		return false
	}
	a.stream = stream
	return true
}

func (a *acceptor) gone() {
	if a.live() && a.stream != nil {
		a.stream.Close(a.w.now)
	}
}

func (n *node) String() string { return fmt.Sprintf("%s (run %d)", n.id, n.run) }
