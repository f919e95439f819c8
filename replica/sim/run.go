package sim

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Options configure a run.
type Options struct {
	Mutation Mutation
}

// Failure is the error of a run that broke a rule.
type Failure struct {
	Seed  uint64
	Err   error
	Trace []string // the last events
}

func (f *Failure) Error() string {
	return fmt.Sprintf("seed %d: %v\n%s", f.Seed, f.Err, strings.Join(f.Trace, "\n"))
}

// Unwrap returns Err.
func (f *Failure) Unwrap() error { return f.Err }

// Run simulates the group of a seed: some seconds of virtual time with faults, some without, then a comparison of the
// members. One seed in trialEvery runs a trial instead, in which one fault could cost the group its data. Run returns a
// *Failure if a rule was broken.
func Run(seed uint64, o Options) error {
	w := newWorld(seed, o)
	switch {
	case seed%trialEvery == trialAt:
		w.trial()
	case w.isPromotion():
		w.promotion()
	default:
		w.faulty()
	}
	return w.end()
}

// faulty runs the group with all kinds of faults at random times.
func (w *world) faulty() {
	for _, i := range w.rnd.Perm(len(w.nodes)) {
		n := w.nodes[i]
		w.after(w.upTo(5*time.Second), func() { w.revive(n, nil) })
	}
	w.every(w.params.writes, w.write)
	w.every(50*time.Millisecond, func() { w.look(w.nodes[w.rnd.IntN(len(w.nodes))]) })
	w.every(3*time.Second, w.checkPrimary)
	w.every(600*time.Millisecond, w.fault)
	w.regrouping()
	w.switching()
	w.promoting()
	w.until(faultTime)
	w.settle()
}

// newWorld returns the world of a seed before its start; no node runs.
func newWorld(seed uint64, o Options) *world {
	w := &world{seed: seed, rnd: rand.New(rand.NewPCG(seed, 0x5eed)), blocked: map[[2]int]bool{}, out: map[int]bool{}, mutation: o.Mutation,
		histories: map[[20]byte]*history{}, acks: map[uint64]int{}}
	w.draw()
	for i := range 1 + w.params.secondaries {
		w.nodes = append(w.nodes, &node{w: w, index: i, id: fmt.Sprintf("n%d", i)})
	}
	w.model = newModel(len(w.nodes))
	return w
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
		turn:        64 << 10,
		timing:      usualTiming,
	}
	for range 1 + w.params.secondaries {
		n := int64(100_000)
		if w.params.evicts && w.rnd.IntN(2) == 0 {
			n = 32 + int64(w.rnd.IntN(w.params.keys)) // 32 is the least for four shards
		}
		w.params.entries = append(w.params.entries, n)
	}
	w.note("%+v", w.params)
}

// every calls do at random times, every d on average.
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

// settle ends all faults, lets clients continue for a while, and compares the members.
func (w *world) settle() {
	w.calm = true
	w.note("faults stop")
	w.until(w.now + 6*time.Second) // faults under way end by themselves
	w.rejoin()
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
					w.note("%s: %+v", n, n.second.Status(n.now()))
				}
			}
			if p := w.lead().primary; p != nil {
				w.note("%s: %+v", w.lead(), p.Status(w.lead().now()))
			}
			return
		}
		w.until(w.now + 200*time.Millisecond)
	}
	if w.err == nil {
		w.equal()
	}
}
