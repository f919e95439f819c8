package sim

import (
	"maps"
	"time"
)

// A seed is a trial if seed%trialEvery == trialAt.
const (
	trialEvery = 5
	trialAt    = 1
)

// trials are faults during which a primary restarts or changes its role. In each that happens once all writes of clients are
// confirmed. Each returns what the group must hold afterwards.
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

// gentle sets what trials have in common: no faults but their own, no eviction and no flush.
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
