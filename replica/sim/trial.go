package sim

import (
	"maps"
	"time"

	"github.com/cachegopher/cachegopher/replica"
)

// A seed is a trial if seed%trialEvery == trialAt.
const (
	trialEvery = 5
	trialAt    = 1
)

// trials are faults under which a primary restarts or changes its role. Each does that when all of the clients' writes are
// confirmed, and returns what the group must hold afterwards.
var trials = []struct {
	name string
	run  func(*world) map[string]entry
}{
	{"no secondary says what it holds", (*world).tryRefusals},
	{"the primary's process is stopped just after its start", (*world).tryStop},
	{"the transfer takes longer than RecoverTimeout, and is interrupted", (*world).tryCutFetch},
	{"the secondary that has confirmed is silent, another one is behind", (*world).trySilence},
	{"a secondary has an old history, whose primary had a clock that was ahead", (*world).tryClock},
	{"the old primary still runs, and the secondary that has confirmed is silent", (*world).tryOldPrimary},
	{"a full sync is under way, and the secondary that has everything is silent or refuses", (*world).tryPart},
	{"the primary has no network, or no name server, when it starts", (*world).tryNoNetwork},
	{"the primary hands over, and back, while clients write", (*world).tryHandOver},
	{"there are two primaries for a while", (*world).tryTwoLeaders},
	{"a secondary leads while a full sync has brought it only a part", (*world).tryPartLeads},
	{"the primary hands over to a secondary that is cut off", (*world).tryCutOff},
}

// trial runs the seed's trial, and compares the members.
func (w *world) trial() {
	kind := trials[w.seed/trialEvery%uint64(len(trials))]
	w.note("trial: %s", kind.name)
	w.gentle()
	want := kind.run(w)
	if w.err != nil {
		return
	}
	if !w.lead().serving() {
		w.fail("the primary does not serve: %+v", w.lead().primary.Status(w.lead().now()))
		return
	}
	w.holds(w.lead(), "serves after the trial", want)
	w.settle()
}

// gentle sets what trials have in common: no faults but their own, and no entries that leave by themselves.
func (w *world) gentle() {
	w.calm = true
	p := &w.params
	p.evicts, p.flushes, p.changes, p.keys, p.large = false, false, false, 50+w.rnd.IntN(400), 1000
	p.delay, p.slow = time.Millisecond+w.upTo(50*time.Millisecond), w.upTo(10*time.Millisecond)
	for i := range p.entries {
		p.entries[i] = 100_000
	}
}

// members gives the group n secondaries.
func (w *world) members(n int) {
	w.nodes, w.params.entries = nil, nil
	for i := range 1 + n {
		w.nodes = append(w.nodes, &node{w: w, index: i, id: []string{"n0", "n1", "n2", "n3"}[i]})
		w.params.entries = append(w.params.entries, 100_000)
	}
	w.model = newModel(1 + n)
}

// begin starts all nodes and makes clients write.
func (w *world) begin() {
	for _, n := range w.nodes {
		n.start(nil)
	}
	w.until(w.now + 5*time.Second)
	w.writeAll(2)
}

// writeAll makes clients write, and waits until n secondaries have confirmed everything.
func (w *world) writeAll(n int) {
	w.notice(w.lead())
	if w.lead().history == nil {
		w.fail("the primary does not serve: this trial tests nothing")
		return
	}
	for range 50 + w.rnd.IntN(200) {
		w.change(w.lead())
		w.until(w.now + time.Millisecond)
	}
	n = min(n, len(w.nodes)-1)
	for end := w.now + 20*time.Second; w.err == nil && w.lead().primary.Acked(w.lead().log.Merge()) < n; w.until(w.now + 10*time.Millisecond) {
		if w.now > end {
			w.fail("%d secondaries do not confirm: this trial tests nothing", n)
		}
	}
}

// restartLead kills the primary, starts it empty, and waits for d. It returns the result of crashLead.
func (w *world) restartLead(d time.Duration) map[string]entry {
	want := w.crashLead()
	w.lead().start(nil)
	w.until(w.now + d)
	return want
}

// crashLead kills the primary and waits a while. It returns the entries that clients know to be stored.
func (w *world) crashLead() map[string]entry {
	p := w.lead()
	if w.err != nil {
		return nil
	}
	want := maps.Clone(p.history.now)
	w.note("%s crashes", p)
	p.crash()
	w.until(w.now + w.upTo(2*time.Second))
	return want
}

func (w *world) tryRefusals() map[string]entry {
	w.begin()
	want := w.crashLead()
	refused := w.rnd.IntN(len(w.nodes)-1) + 1 // at least this one refuses; others may crash
	for i, n := range w.nodes[1:] {
		if i+1 == refused || w.rnd.IntN(2) == 0 {
			n.refuse(w.upTo(40 * time.Second))
		} else {
			n.crash()
		}
	}
	w.lead().start(nil)
	w.until(w.now + time.Minute)
	return want
}

func (w *world) tryStop() map[string]entry {
	w.begin()
	want := w.crashLead()
	w.params.delay = 100 * time.Millisecond
	w.lead().start(nil)
	w.until(w.now + time.Duration(w.rnd.Int64N(int64(10*time.Millisecond))))
	w.lead().halt(2500*time.Millisecond + time.Duration(w.rnd.Int64N(int64(6*time.Second))))
	w.until(w.now + 30*time.Second)
	return want
}

func (w *world) tryCutFetch() map[string]entry {
	w.params.timing = replica.Timing{Beat: time.Second, Ask: 500 * time.Millisecond, RecoverTimeout: time.Second}
	w.params.keys, w.params.large = 400, 20
	w.members(1)
	w.begin()
	want := w.crashLead()
	w.params.turn, w.params.slow = 2000, 2*time.Second // a transfer takes seconds
	w.lead().start(nil)
	w.until(w.now + 700*time.Millisecond)
	for range 1 + w.rnd.IntN(3) {
		w.until(w.now + time.Duration(w.rnd.Int64N(int64(time.Second))))
		if w.lead().serving() {
			break
		}
		for _, c := range w.conns {
			if c.out.from == w.leader {
				w.note("the connection to %s breaks", c.server.n)
				c.cut()
				break
			}
		}
	}
	w.params.turn, w.params.slow = 64<<10, 0
	w.until(w.now + 30*time.Second)
	return want
}

// silence stops n or cuts it off for less than RecoverTimeout.
func (w *world) silence(n *node) {
	d := 3500*time.Millisecond + time.Duration(w.rnd.Int64N(int64(11*time.Second)))
	if w.rnd.IntN(2) == 0 {
		n.halt(d)
		return
	}
	w.note("%s is cut off for %v", n, d.Round(time.Millisecond))
	for i := range w.nodes {
		w.blocked[[2]int{i, n.index}], w.blocked[[2]int{n.index, i}] = true, true
	}
	w.after(d, func() { clear(w.blocked) })
}

func (w *world) trySilence() map[string]entry {
	w.members(2)
	w.begin()
	w.until(w.now + 2*time.Second)
	if err := w.lead().primary.Pause("n1"); err != nil {
		w.fail("pause: %v", err)
	}
	w.writeAll(1)
	w.silence(w.nodes[2])
	return w.restartLead(40 * time.Second)
}

func (w *world) tryClock() map[string]entry {
	w.members(2)
	w.nodes[0].skew = time.Hour
	w.begin()
	// n2 keeps this history; the others forget it.
	p, n1, n2 := w.nodes[0], w.nodes[1], w.nodes[2]
	for _, n := range w.nodes[:2] {
		w.blocked[[2]int{n.index, 2}], w.blocked[[2]int{2, n.index}] = true, true
	}
	p.crash()
	n1.crash()
	p.skew = 0
	p.start(nil)
	n1.start(nil)
	w.until(w.now + 10*time.Second)
	if err := p.primary.Pause(n2.id); err != nil { // else n2 would be made equal to it
		w.fail("pause: %v", err)
	}
	w.writeAll(1)
	clear(w.blocked)
	w.until(w.now + 15*time.Second) // n2 answers, and the primary raises its date
	w.writeAll(1)
	return w.restartLead(30 * time.Second)
}

func (w *world) tryOldPrimary() map[string]entry {
	w.params.changes = true
	w.members(2)
	w.begin()
	w.leader = 1
	for _, n := range w.nodes[1:] { // n0 keeps the old config
		n.crash()
		n.start(nil)
		w.until(w.now + 5*time.Second)
	}
	w.writeAll(1)
	w.silence(w.nodes[2])
	return w.restartLead(40 * time.Second)
}
