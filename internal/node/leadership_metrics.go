package node

import (
	"sync"

	"github.com/cachegopher/cachegopher/internal/coordination"
	"github.com/cachegopher/cachegopher/internal/metric"
	"github.com/cachegopher/cachegopher/replica"
)

// changeKind is the way in which a node replaced another one as its group's primary.
type changeKind uint8

const (
	byFailover changeKind = iota // the primary had died or was silent, and this node won the election
	byHandover                   // the primary handed over: PROMOTE, or it was stopped
	byForce                      // PROMOTE FORCE
	byConfig                     // SIGHUP, with a config that says so
	changeKinds
)

// tenures counts the changes of primary that made this node lead. So one node of the group counts each change: the new primary.
type tenures struct {
	mu     sync.Mutex
	epoch  uint64 // of the latest that was counted
	counts [changeKinds]int64
	forced int // calls of Promote with force that are under way
}

// began counts a change that made this node lead in epoch, unless it is counted already. Changes by the config have epoch 0,
// and each call counts one.
func (t *tenures) began(epoch uint64, kind changeKind) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if epoch != 0 && epoch <= t.epoch {
		return
	}
	t.epoch = epoch
	if kind == byHandover && t.forced > 0 {
		kind = byForce
	}
	t.counts[kind]++
}

// forcing notes a Promote with force until end is called.
func (t *tenures) forcing() (end func()) {
	add := func(n int) {
		t.mu.Lock()
		t.forced += n
		t.mu.Unlock()
	}
	add(1)
	return func() { add(-1) }
}

// isForced reports whether a Promote with force is under way.
func (t *tenures) isForced() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.forced > 0
}

func (t *tenures) of(kind changeKind) int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.counts[kind]
}

// elected is the Member whose role etcd decides.
type elected struct {
	*replica.Member
	r *replication
}

func (e elected) Lead(epoch uint64, group string, secondaries []string) error {
	before, primary := e.Leadership()
	if err := e.Member.Lead(epoch, group, secondaries); err != nil || epoch <= before {
		return err
	}
	switch {
	case e.r.coordinated.by.Load().Won() == epoch:
		e.r.tenures.began(epoch, byFailover)
	case before > 0 && primary != e.r.id: // etcd was faster than the message of the old primary
		e.r.tenures.began(epoch, byHandover)
	}
	return nil
}

// leadershipStatus is the source of the metrics about who leads.
type leadershipStatus struct {
	epoch       uint64
	takesWrites bool
	lost        int64
	lostKnown   bool
	inStep      any // secondaries; nil: no number is required, or this node does not lead
	tenures     *tenures
	etcd        *coordination.Status // zero without etcd
	coordinated bool
}

// ifCoordinated returns v if etcd decides who leads, otherwise nil.
func (st *leadershipStatus) ifCoordinated(v any) any {
	if st.coordinated {
		return v
	}
	return nil
}

const changesName = "replication_primary_changes_total"

// leadershipMetrics declares the metrics that a member has in both roles, in the order of INFO and STATS.
var leadershipMetrics = []metric.Metric[leadershipStatus]{
	{Name: "replication_epoch", Help: "The group's epoch: it grows with each change of its primary; 0: only the config has decided who leads.", Kind: metric.Gauge,
		Section: "replication", Info: "epoch", Stats: "replication_epoch", Value: func(st *leadershipStatus) any { return st.epoch }},
	{Name: "replication_lost_writes_total", Help: "Writes that this node acknowledged as a primary and its successor did not have.", Kind: metric.Counter,
		Section: "replication", Info: "lost_writes", Stats: "replication_lost_writes", Value: func(st *leadershipStatus) any { return st.lost }},
	{Name: "replication_lost_writes_known", Help: "1: replication_lost_writes_total includes what this node lost when its process was killed.", Kind: metric.Gauge,
		Section: "replication", Info: "lost_writes_known", Value: func(st *leadershipStatus) any { return oneIf(st.lostKnown) }},
	{Name: changesName, Help: "Changes of primary that made this node lead, by kind: failover (election), handover (PROMOTE or stop of the old primary), forced (PROMOTE FORCE), config (SIGHUP).",
		Kind: metric.Counter, Label: "kind", Series: "failover", Section: "replication", Info: "led_by_failover", Value: func(st *leadershipStatus) any { return st.tenures.of(byFailover) }},
	{Name: changesName, Kind: metric.Counter, Label: "kind", Series: "handover",
		Section: "replication", Info: "led_by_handover", Value: func(st *leadershipStatus) any { return st.tenures.of(byHandover) }},
	{Name: changesName, Kind: metric.Counter, Label: "kind", Series: "forced",
		Section: "replication", Info: "led_by_force", Value: func(st *leadershipStatus) any { return st.tenures.of(byForce) }},
	{Name: changesName, Kind: metric.Counter, Label: "kind", Series: "config",
		Section: "replication", Info: "led_by_config", Value: func(st *leadershipStatus) any { return st.tenures.of(byConfig) }},
	{Section: "replication", Info: "min_slaves_good_slaves", Value: func(st *leadershipStatus) any { return st.inStep }},
	{Section: "replication", Info: "etcd_status", Value: func(st *leadershipStatus) any { return st.ifCoordinated(orElse(st.etcd.Away, "away", "up")) }},
	{Section: "replication", Info: "failsafe", Value: func(st *leadershipStatus) any { return st.ifCoordinated(oneIf(st.etcd.Failsafe)) }},
	{Name: "replication_etcd_away", Help: "1: etcd does not answer this node. 0 without a coordination in the config.", Kind: metric.Gauge,
		Value: func(st *leadershipStatus) any { return oneIf(st.etcd.Away) }},
	{Name: "replication_etcd_away_total", Help: "How often etcd has stopped answering this node.", Kind: metric.Counter,
		Value: func(st *leadershipStatus) any { return st.etcd.TimesAway }},
	{Name: "replication_failsafe", Help: "1: etcd is away, and this primary takes writes without it.", Kind: metric.Gauge,
		Value: func(st *leadershipStatus) any { return oneIf(st.etcd.Failsafe) }},
	{Name: "replication_failsafe_total", Help: "How often this primary has begun to take writes without etcd.", Kind: metric.Counter,
		Value: func(st *leadershipStatus) any { return st.etcd.TimesFailsafe }},
	{Name: "replication_no_primary_total", Help: "How often the group was seen without a primary in etcd.", Kind: metric.Counter,
		Value: func(st *leadershipStatus) any { return st.etcd.TimesNoPrimary }},
}

// leadership reads the metrics about who leads.
func (r *replication) leadership() []metric.Reading {
	epoch, _ := r.member.Leadership()
	st := leadershipStatus{epoch: epoch, lost: r.member.Lost(), lostKnown: r.member.LostKnown(), tenures: &r.tenures, etcd: new(coordination.Status),
		takesWrites: r.sessions != nil && r.sessions.TakesWrites()}
	if n, required := r.backing.state(); required > 0 && r.member.Leads() {
		st.inStep = n
	}
	if c := r.coordinated.by.Load(); c != nil {
		*st.etcd, st.coordinated = c.Status(), true
	}
	g, _ := r.topology.Now().GroupOf(r.id)
	return append(metric.Read(leadershipMetrics, &st), metric.Reading{Name: "replication_takes_writes",
		Help: "1: this node takes writes for its group. One of the group's members should.", Kind: metric.Gauge,
		Labels: []metric.Label{{Name: "group", Value: g.Name}}, Value: oneIf(st.takesWrites)})
}
