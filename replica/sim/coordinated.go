package sim

import (
	"context"
	"slices"
	"time"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/coordination"
	"github.com/cachegopher/cachegopher/internal/topology"
)

// beat is the interval of heartbeats of nodes that etcd gives their roles.
const beat = leaseTime / 4

// elector runs a node's coordinator.
type elector struct {
	turns                      coordination.Turns
	keep, decide, guard, watch *thread
	next                       int64   // the first revision of which its watch has reported no change
	reads                      int     // how often the view was read, or begun to be
	stale                      bool    // the view must be read anew
	cut                        bool    // no stream may be open
	asked                      [4]bool // tasks that have been asked for a turn, and wait for etcd
}

// coordinate gives the node a coordinator. Until that has decided, the node follows another member.
func (n *node) coordinate() {
	w := n.w
	others := slices.DeleteFunc(w.ids(), func(id string) bool { return id == n.id })
	var err error
	switch {
	case n.joins && w.mutation == JoinsFull:
		err = n.member.Lead(0, "g", nil)
	case n.joins:
		err = n.member.Follow(0, "g", "", []string{n.id})
	case n.index == 0:
		err = n.member.Follow(0, "g", others[0], w.ids())
	default:
		err = n.member.Follow(0, "g", "n0", w.ids())
	}
	if err != nil {
		w.fail("%s has no first role: %v", n, err)
	}
	n.turn()
	c := &etcdClient{n: n}
	e := &elector{stale: true}
	turns, err := coordination.NewTurns(coordination.Options{
		Coordination: config.Coordination{Etcd: []string{"http://etcd"}, Cluster: "sim", FailoverAfter: leaseTime, WithoutEtcd: config.WithoutEtcdFailsafe, ForgetAfter: time.Hour},
		Self:         w.server(n), Joined: n.joins, Config: w.configOf(n), Version: "sim", Beat: beat, Member: &electedMember{n.member, n, n.run},
		State: n.state, Run: n.String(), Dial: n.reach, Cut: n.cutStream, Changed: func(*topology.Topology) {},
		NoGroup: func([]string) { w.fail("%s finds no group", n) }, Alone: func(bool) {}, Logger: w.logger(n),
	}, coordination.Surroundings{KV: c, Lease: c, Pause: w.sleep, Go: func(do func()) { n.spawn(func(*thread) { do() }) }})
	if err != nil {
		w.fail("%s has no coordinator: %v", n, err)
		return
	}
	e.turns, n.elector = turns, e
	ctx := context.Background()
	e.keep = n.spawn(func(t *thread) {
		for t.turn(turns.Keep(ctx)) {
		}
	})
	e.decide = n.spawn(func(t *thread) {
		for t.turn(turns.Decide(ctx)) {
		}
	})
	e.guard = n.spawn(func(t *thread) {
		for t.turn(turns.Guard(ctx)) {
		}
	})
	e.watch = n.spawn(func(t *thread) { n.watchEtcd(ctx, t) })
}

// watchEtcd does what the coordinator's task watch does.
func (n *node) watchEtcd(ctx context.Context, t *thread) {
	e := n.elector
	for {
		if e.stale {
			e.stale = false
			e.reads++ // the last watch has ended
			revision, err := e.turns.Read(ctx)
			if err != nil {
				e.stale = true
				if !n.w.sleep(100 * time.Millisecond) {
					return
				}
				continue
			}
			e.next = revision + 1
			n.pump(n.run, e.reads)
		}
		if !t.turn(leaseTime) {
			return
		}
		if !e.stale {
			e.turns.Compare(ctx)
		}
	}
}

// pump reports etcd's changes to the node, as long as its watch lasts.
func (n *node) pump(run, reads int) {
	w := n.w
	if !n.alive || n.run != run || n.elector.reads != reads {
		return
	}
	e, from := n.elector, w.etcd
	if from.reachable(n) && !from.deaf[n] && !n.stopped() {
		if news := from.since(e.next); len(news) > 0 {
			e.next = from.revision + 1
			e.turns.Apply(from.revision, news)
		}
	}
	w.after(4*time.Millisecond+w.upTo(8*from.delay)+from.late[n], func() { n.pump(run, reads) })
}

// attendCoordinators wakes the tasks that their coordinator has asked for a turn.
func (w *world) attendCoordinators() {
	for _, n := range w.nodes {
		if !n.alive || n.elector == nil {
			continue
		}
		e := n.elector
		decide, read, keep, guard := e.turns.Asked()
		e.stale = e.stale || read
		e.asked[0] = (e.asked[0] || decide) && !e.decide.hurry()
		e.asked[1] = (e.asked[1] || read) && !e.watch.hurry()
		e.asked[2] = (e.asked[2] || keep) && !e.keep.hurry()
		e.asked[3] = (e.asked[3] || guard) && !e.guard.hurry()
	}
}
