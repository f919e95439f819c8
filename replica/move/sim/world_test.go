// Package sim runs real Movers of two groups of three nodes in the virtual time of testing/synctest, while clients read and write,
// primaries die, connections break, stores are flushed, moves are cancelled, and etcd answers late, loses requests, is away and is
// restored from older copies. Its judge knows what was acknowledged.
//
// Of a node the drivers, givers, takers, removers, stores, logs and live topologies are real. What the simulation has of its own:
// etcd, elections, the sessions' checks of ownership, the secondaries' way through the log, and the rules by which a node admits
// an import.
package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/cachegopher/cachegopher/internal/coordination"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/ring"
)

const (
	slotCount  = 8
	keyPerSlot = 3
	keyCount   = slotCount * keyPerSlot
	duration   = 1500 * time.Millisecond // of the troubles
	patience   = 30 * time.Second        // in which everything must have come to rest after them
)

// world is a cluster. Nobody waits or sleeps while holding mu.
type world struct {
	ctx     context.Context
	end     context.CancelFunc
	running sync.WaitGroup
	mutant  mutant

	chance sync.Mutex // guards rand
	rand   *rand.Rand

	mu    sync.Mutex // guards everything below
	nodes [2][3]*node
	etcd  etcd
	slots [slotCount]int
	all   ring.SlotSet // every slot
	keys  [keyCount]key
	quiet bool // the troubles are over
	fault error

	began                         time.Time
	events                        []string
	moves, changes, writes, reads int
}

func newWorld(seed uint64, m mutant) *world {
	w := &world{rand: rand.New(rand.NewPCG(seed, 7)), mutant: m, began: time.Now()}
	w.ctx, w.end = context.WithCancel(context.Background())
	defer w.lock()()
	w.all.Add(0, ring.Slots-1)
	owners := make([]string, ring.Slots)
	for slot := range owners {
		owners[slot] = w.name(slot * 2 / ring.Slots)
	}
	w.etcd.a = coordination.Assignment{Slots: topology.NewSlots(1, owners)}
	for g := range w.nodes {
		for at := range w.nodes[g] {
			w.nodes[g][at] = w.newNode(g, at)
		}
		w.nodes[g][0].lead(1)
		w.etcd.leaders[g] = leader{w.nodes[g][0], w.nodes[g][0].id(), 1}
	}
	for i := range w.slots {
		w.slots[i] = (2*i + 1) * ring.Slots / (2 * slotCount)
	}
	next := [slotCount]int{}
	for i, left := 0, keyCount; left > 0; i++ {
		name := fmt.Appendf(nil, "key:%d", i)
		at := ring.SlotBytes(name) * slotCount / ring.Slots
		if ring.SlotBytes(name) != w.slots[at] || next[at] == keyPerSlot {
			continue
		}
		w.keys[at*keyPerSlot+next[at]] = key{name: name, slot: w.slots[at]}
		next[at]++
		left--
	}
	return w
}

// lock locks mu, and returns what unlocks it.
func (w *world) lock() (unlock func()) {
	w.mu.Lock()
	return w.mu.Unlock
}

// pick returns a random number below n.
func (w *world) pick(n int) int {
	w.chance.Lock()
	defer w.chance.Unlock()
	return w.rand.IntN(n)
}

// sleep sleeps for a random time of at most d. The caller must not hold mu.
func (w *world) sleep(d time.Duration) { time.Sleep(time.Duration(w.pick(int(d)))) }

// every calls do with mu at random times, at most d apart, until ctx ends.
func (w *world) every(ctx context.Context, d time.Duration, do func()) {
	w.running.Go(func() {
		for w.sleep(d); ctx.Err() == nil; w.sleep(d) {
			w.mu.Lock()
			do()
			w.mu.Unlock()
		}
	})
}

// after calls do with mu later, unless ctx ends.
func (w *world) after(ctx context.Context, d time.Duration, do func()) {
	w.running.Go(func() {
		time.Sleep(d)
		defer w.lock()()
		if ctx.Err() == nil {
			do()
		}
	})
}

func (w *world) name(group int) string    { return []string{"a", "b"}[group] }
func (w *world) index(group string) int   { return map[string]int{"a": 0, "b": 1}[group] }
func setOf(m topology.Move) *ring.SlotSet { s := m.Ranges.Set(); return &s }
func (w *world) everyone() (all []*node) {
	return append(append(all, w.nodes[0][:]...), w.nodes[1][:]...)
}

// topology returns the topology with an assignment.
func (w *world) topology(a coordination.Assignment) *topology.Topology {
	t := &topology.Topology{Version: 1, Slots: a.Slots, Moves: a.Moves}
	for g := range w.nodes {
		t.Groups = append(t.Groups, topology.Group{Name: w.name(g), Leader: w.name(g)})
		t.Servers = append(t.Servers, topology.Server{ID: w.name(g), Group: w.name(g), Addresses: []string{"x:1"}})
	}
	return t
}

// run lets troubles and clients go on for a while, then waits until all moves are done, and returns what is wrong.
func (w *world) run() error {
	run, over := context.WithTimeout(w.ctx, duration)
	defer over()
	w.every(run, 60*time.Millisecond, w.start)
	w.every(run, 120*time.Millisecond, w.trouble)
	for range 3 {
		w.every(w.ctx, time.Millisecond, w.write)
		w.every(w.ctx, time.Millisecond, w.read)
	}
	w.every(w.ctx, time.Millisecond, w.judgeOwners)
	<-run.Done()
	deadline := time.Now().Add(patience)
	for done := false; !done; time.Sleep(10 * time.Millisecond) {
		unlock := w.lock()
		w.quiet = true
		done = w.fault != nil || w.settled()
		if time.Now().After(deadline) {
			w.fail("the moves do not end: %+v", w.etcd.a)
		}
		unlock()
	}
	time.Sleep(100 * time.Millisecond) // the clients go on
	unlock := w.lock()
	w.judgeEnd()
	err := w.fault
	unlock()
	w.end()
	unlock = w.lock()
	for _, n := range w.everyone() {
		for c := range n.conns {
			c.Close()
		}
	}
	unlock()
	w.running.Wait()
	for _, n := range w.everyone() {
		n.cache.Close() //nolint:errcheck // the run is over
	}
	return err
}

// settled reports whether no move is under way, and all nodes know it. REQUIRES mu.
func (w *world) settled() bool {
	for _, n := range w.everyone() {
		if !n.up || n.held || n.suspended != nil || n.view.Slots.Version != w.etcd.a.Slots.Version || w.etcd.leaders[n.group].n == nil {
			return false
		}
	}
	return len(w.etcd.a.Moves)+len(w.etcd.a.Removing) == 0
}
