package topology

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"
)

// changesKept is the number of changes of leaders that Live remembers.
const changesKept = 32

// Live is the Source of a running node: the topology of its own source, and the leaders that members have reported
// since. For each group the highest epoch wins. Make one with NewLive. Safe for concurrent use.
type Live struct {
	mu      sync.Mutex
	base    *Topology
	learned map[string]Leadership // by group
	done    []doneMove            // the earliest first
	now     *Topology             // base with what was learned
	changes []Change              // the oldest first
	assumed string                // a group of which base assumes a leader that nobody has chosen
	changed chan struct{}         // closed and replaced at each change of now
}

// Change is a change of a group's leader.
type Change struct {
	At       time.Time
	Group    string
	Epoch    uint64
	From, To string // ids
}

// NewLive returns a Live with the topology t.
func NewLive(t *Topology) *Live {
	return &Live{base: t, now: t, learned: map[string]Leadership{}, changed: make(chan struct{})}
}

// Assume says that the group's leader in the topology of NewLive is not known: whoever is known to lead it later has not taken
// that one's place.
func (l *Live) Assume(group string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.assumed = group
}

// Now returns the current topology. It must not be changed.
func (l *Live) Now() *Topology {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now
}

// Read implements Source.
func (l *Live) Read() (*Topology, error) { return l.Now(), nil }

// Watch implements Source. It calls changed at the start, too, so that no change between Read and Watch is missed.
func (l *Live) Watch(ctx context.Context, changed func()) {
	var seen *Topology
	for {
		l.mu.Lock()
		now, next := l.now, l.changed
		l.mu.Unlock()
		if now != seen {
			seen = now
			changed()
			continue
		}
		select {
		case <-next:
		case <-ctx.Done():
			return
		}
	}
}

// Set replaces the topology of the node's own source. Learned leaders of later epochs stay, and so do later owners of
// slots: a slot that a group has given away does not return because of older news. It returns the new topology.
func (l *Live) Set(t *Topology) *Topology {
	l.mu.Lock()
	defer l.mu.Unlock()
	set := *t
	set.takeSlots(l.base)
	l.base = &set
	l.renew()
	return l.now
}

// Learn records that leader leads the group since epoch. It returns false if a leadership of that epoch, or of a
// later one, is known already.
func (l *Live) Learn(group string, epoch uint64, leader string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if epoch <= l.learned[group].Epoch {
		return false
	}
	l.learned[group] = Leadership{epoch, leader}
	l.renew()
	return true
}

// Base returns the topology of the node's own source, without learned leaders.
func (l *Live) Base() *Topology {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.base
}

// Leaders returns the leaderships of groups whose primary has changed at run time, by the groups' names.
func (l *Live) Leaders() map[string]Leadership {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.learned)
}

// Changes returns the latest changes of leaders, the oldest first.
func (l *Live) Changes() []Change {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.changes)
}

// renew computes now and wakes the watchers. REQUIRES mu.
func (l *Live) renew() {
	now := l.overlay(l.base.WithLeaders(l.learned))
	if reflect.DeepEqual(now, l.now) {
		return
	}
	for _, g := range now.Groups {
		was := slices.IndexFunc(l.now.Groups, func(o Group) bool { return o.Name == g.Name })
		if was >= 0 && l.now.Groups[was].Leader != g.Leader && !(g.Name == l.assumed && l.now.Groups[was].Epoch == 0) {
			l.changes = append(l.changes, Change{time.Now(), g.Name, g.Epoch, l.now.Groups[was].Leader, g.Leader})
		}
	}
	if over := len(l.changes) - changesKept; over > 0 {
		l.changes = slices.Delete(l.changes, 0, over)
	}
	l.now = now
	close(l.changed)
	l.changed = make(chan struct{})
}
