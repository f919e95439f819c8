package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Options change what a run does.
type Options struct {
	Mutation Mutation
}

// Failure is a run that went wrong.
type Failure struct {
	Seed  uint64
	Err   error
	Trace []string // the last things that happened
}

func (f *Failure) Error() string {
	return fmt.Sprintf("seed %d: %v\n%s", f.Seed, f.Err, strings.Join(f.Trace, "\n"))
}

// Unwrap returns what went wrong.
func (f *Failure) Unwrap() error { return f.Err }

// Run runs the world of a seed: faults for some seconds of virtual time, then none,
// then a comparison. It returns a *Failure when a rule was broken.
func Run(seed uint64, o Options) error {
	w := &world{seed: seed, rnd: rand.New(rand.NewPCG(seed, 0x5eed)), blocked: map[[2]int]bool{}, mutation: o.Mutation,
		histories: map[[20]byte]*history{}}
	w.draw()
	for i := range 1 + w.params.secondaries {
		w.nodes = append(w.nodes, &node{w: w, index: i, id: fmt.Sprintf("n%d", i)})
	}
	w.model = newModel(len(w.nodes))
	for _, i := range w.rnd.Perm(len(w.nodes)) {
		n := w.nodes[i]
		w.after(w.upTo(5*time.Second), func() { w.revive(n, nil) })
	}
	w.every(w.params.writes, w.write)
	w.every(50*time.Millisecond, func() { w.look(w.nodes[w.rnd.IntN(len(w.nodes))]) })
	w.every(3*time.Second, w.checkPrimary)
	w.every(600*time.Millisecond, w.fault)
	w.until(faultTime)
	w.settle()
	for _, n := range w.nodes {
		if n.cache != nil {
			if err := n.cache.Close(); err != nil {
				w.fail("close a store: %v", err)
			}
		}
	}
	if w.err == nil {
		return nil
	}
	return &Failure{Seed: seed, Err: w.err, Trace: w.trace[max(0, len(w.trace)-traceLen):]}
}

func (w *world) draw() {
	pick := func(all ...int) int { return all[w.rnd.IntN(len(all))] }
	ms := func(all ...int) time.Duration { return time.Duration(pick(all...)) * time.Millisecond }
	w.params = params{
		secondaries: pick(1, 2, 2, 3),
		keys:        pick(5, 50, 500),
		large:       pick(20, 100, 1000),
		batch:       pick(1000, 20_000, 256<<10),
		delay:       ms(1, 20, 300),
		window:      pick(2000, 100_000, 1<<20),
		slow:        ms(0, 5, 100),
		writes:      ms(15, 30, 100),
		flushes:     w.rnd.IntN(4) == 0,
		changes:     w.rnd.IntN(4) == 0,
		evicts:      w.rnd.IntN(5) == 0,
	}
	for range 1 + w.params.secondaries {
		n := int64(100_000)
		if w.params.evicts && w.rnd.IntN(2) == 0 {
			n = 32 + int64(w.rnd.IntN(w.params.keys)) // the least that four shards take
		}
		w.params.entries = append(w.params.entries, n)
	}
	w.note("%+v", w.params)
}

// every has do happen about every d, at random times.
func (w *world) every(d time.Duration, do func()) {
	var again func()
	again = func() {
		if w.quiet {
			return
		}
		do()
		w.after(time.Duration(w.rnd.Int64N(int64(2*d))), again)
	}
	w.after(d, again)
}

// fault lets something go wrong, or heals something.
func (w *world) fault() {
	if w.calm {
		return
	}
	n := w.nodes[w.rnd.IntN(len(w.nodes))]
	switch w.rnd.IntN(10) {
	case 0, 1:
		w.crash(n)
	case 2, 3:
		if len(w.conns) > 0 {
			c := w.conns[w.rnd.IntN(len(w.conns))]
			w.note("the connection to %s is cut", c.server.n)
			c.cut()
		}
	case 4:
		w.partition()
	case 5:
		w.skew(n)
	case 6:
		if n.alive {
			n.remember()
		}
	case 7:
		w.pause()
	case 8:
		w.flap()
	case 9:
		if w.params.changes {
			w.reconfigure()
		}
	}
}

func (w *world) crash(n *node) {
	if !n.alive {
		return
	}
	if w.rnd.IntN(3) == 0 {
		n.remember() // the memory of this moment
	}
	w.note("%s crashes", n)
	n.crash()
	clear(w.model.seen[n.index])
	from := n.old
	if w.rnd.IntN(2) == 0 {
		from = nil
	}
	w.after(w.upTo(6*time.Second), func() { w.revive(n, from) })
}

func (w *world) revive(n *node, from *memory) {
	if n.alive {
		return
	}
	n.start(from)
	if from != nil {
		w.note("%s starts with old memory, %d entries", n, len(from.entries))
	} else {
		w.note("%s starts empty", n)
	}
}

// flap breaks one connection after the other, and restarts a secondary with what it
// held, so that syncs follow each other closely.
func (w *world) flap() {
	n := w.nodes[w.rnd.IntN(len(w.nodes))]
	w.note("the connections of %s break again and again", n.id)
	for i := range 2 + w.rnd.IntN(6) {
		w.after(time.Duration(i)*w.upTo(time.Second), func() {
			for _, c := range slices.Clone(w.conns) {
				if c.server.n == n && w.rnd.IntN(4) != 0 {
					c.cut()
				}
			}
			if n.alive && n.second != nil && w.rnd.IntN(3) == 0 {
				n.remember()
				w.note("%s crashes and starts at once", n)
				n.crash()
				clear(w.model.seen[n.index])
				w.revive(n, n.old)
			}
		})
	}
}

// reconfigure makes another node the primary: one after the other is restarted
// with the new config.
func (w *world) reconfigure() {
	w.leader = w.rnd.IntN(len(w.nodes))
	w.note("%s is to be the primary", w.lead().id)
	w.adopt(3 * time.Second)
}

// adopt restarts nodes whose config is not the latest, some with what they hold.
func (w *world) adopt(within time.Duration) {
	for _, n := range w.nodes {
		w.after(w.upTo(within), func() {
			if !n.alive || n.leader == w.leader {
				return
			}
			var from *memory
			if w.rnd.IntN(2) == 0 {
				n.remember()
				from = n.old
			}
			w.note("%s stops", n)
			n.crash()
			clear(w.model.seen[n.index])
			w.after(w.upTo(time.Second), func() { w.revive(n, from) })
		})
	}
}

func (w *world) partition() {
	a, b := w.rnd.IntN(len(w.nodes)), w.leader
	if a == b {
		b = (a + 1 + w.rnd.IntN(len(w.nodes)-1)) % len(w.nodes)
	}
	w.blocked[[2]int{a, b}] = true
	both := w.rnd.IntN(2) == 0
	if both {
		w.blocked[[2]int{b, a}] = true
	}
	w.note("nothing gets from n%d to n%d (back: %v)", a, b, !both)
	w.after(w.upTo(6*time.Second), func() {
		delete(w.blocked, [2]int{a, b})
		delete(w.blocked, [2]int{b, a})
		w.note("n%d and n%d hear each other again", a, b)
	})
}

func (w *world) skew(n *node) {
	n.skew = time.Duration(w.rnd.Int64N(int64(20*time.Second))) - 10*time.Second
	w.note("the clock of %s is %v wrong", n, n.skew.Round(time.Millisecond))
}

func (w *world) pause() {
	p := w.lead()
	if !p.alive || p.primary == nil {
		return
	}
	run := p.run
	w.note("replication pauses")
	if err := p.primary.Pause(""); err != nil {
		w.fail("pause: %v", err)
	}
	w.after(w.upTo(5*time.Second), func() {
		if p.alive && p.run == run {
			w.note("replication goes on")
			if err := p.primary.Resume(""); err != nil {
				w.fail("resume: %v", err)
			}
		}
	})
}

// settle ends all faults, lets clients go on for a while, and compares.
func (w *world) settle() {
	w.calm = true
	w.note("faults stop")
	w.until(w.now + 6*time.Second) // those under way end by themselves
	w.adopt(0)
	w.until(w.now + 2*time.Second)
	for _, n := range w.nodes {
		w.revive(n, nil)
	}
	w.until(w.now + 2*time.Second)
	w.note("clients stop")
	w.quiet = true
	for end := w.now + settleTime; w.err == nil && !w.together(); {
		if w.now >= end {
			w.fail("not all are in step %v after the last write", settleTime)
			for _, n := range w.nodes {
				if n.second != nil {
					w.note("%s: %+v", n, n.second.Status(w.now))
				}
			}
			w.note("%s: %+v", w.lead(), w.lead().primary.Status(w.now))
			return
		}
		w.until(w.now + 200*time.Millisecond)
	}
	if w.err == nil {
		w.equal()
	}
}
