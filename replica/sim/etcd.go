package sim

import (
	"bytes"
	"maps"
	"slices"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
)

// etcd is a simulated etcd: linearizable, with revisions, transactions, leases and watches.
type etcd struct {
	w        *world
	cluster  uint64
	revision int64
	keys     map[string]*mvccpb.KeyValue
	leases   map[int64]*etcdLease
	events   []*mvccpb.Event // all since its data were made
	lastID   int64
	rate     float64 // of the clock of its leases
	away     bool
	cutOff   map[*node]bool // these cannot reach it
	deaf     map[*node]bool // its answers do not reach these
	delay    time.Duration
	slow     map[*node]time.Duration // how long their requests, and the answers, may be under way
	joined   []time.Duration         // when members registered, in a world whose nodes keep their memory
	late     map[*node]time.Duration // how much later changes are reported to these nodes
	backup   *etcd                   // an older copy of its data
	lost     time.Duration           // when it last lost data
}

type etcdLease struct {
	ttl   time.Duration
	until time.Duration
}

func newEtcd(w *world) *etcd {
	e := &etcd{w: w, cutOff: map[*node]bool{}, deaf: map[*node]bool{}, rate: 1, delay: 2 * time.Millisecond, lastID: 1}
	e.erase()
	w.after(expireEvery, e.expire)
	return e
}

// erase deletes all data.
func (e *etcd) erase() {
	e.cluster++
	e.lost = e.w.now
	e.revision, e.keys, e.leases, e.events = 1, map[string]*mvccpb.KeyValue{}, map[int64]*etcdLease{}, nil
	e.w.forget()
}

// save takes a backup.
func (e *etcd) save() {
	e.backup = &etcd{cluster: e.cluster, revision: e.revision, keys: maps.Clone(e.keys), leases: maps.Clone(e.leases), events: slices.Clone(e.events)}
}

// restore replaces the data with the backup's, in a new cluster or under the id of the old one. Its leases begin anew.
func (e *etcd) restore(anew bool) {
	b := e.backup
	e.lost = e.w.now
	if anew {
		e.cluster++
	}
	e.revision, e.keys, e.leases, e.events = b.revision, maps.Clone(b.keys), map[int64]*etcdLease{}, slices.Clone(b.events)
	for id, l := range b.leases {
		e.leases[id] = &etcdLease{l.ttl, e.w.now + l.ttl}
	}
	e.w.forget()
}

// stop makes etcd unreachable for d. When it is back its leases begin anew, as after a change of its leader.
func (e *etcd) stop(d time.Duration) {
	e.away = true
	e.w.after(d, func() {
		e.w.note("etcd is back")
		e.away = false
		for _, l := range e.leases {
			l.until = e.w.now + l.ttl
		}
	})
}

const expireEvery = 20 * time.Millisecond

// expire ends leases whose time is over.
func (e *etcd) expire() {
	for _, id := range slices.Sorted(maps.Keys(e.leases)) {
		if l := e.leases[id]; !e.away && e.w.now >= l.until {
			e.revoke(id)
		}
	}
	e.w.after(expireEvery, e.expire)
}

// grant makes a lease.
func (e *etcd) grant(ttl time.Duration) int64 {
	e.lastID++
	ttl = time.Duration(float64(ttl) * e.rate)
	e.leases[e.lastID] = &etcdLease{ttl, e.w.now + ttl}
	return e.lastID
}

// renew returns the lease's duration; 0: it has ended.
func (e *etcd) renew(id int64) time.Duration {
	l := e.leases[id]
	if l == nil {
		return 0
	}
	l.until = e.w.now + l.ttl
	return l.ttl
}

// revoke ends a lease and deletes its keys.
func (e *etcd) revoke(id int64) bool {
	if e.leases[id] == nil {
		return false
	}
	delete(e.leases, id)
	next := e.revision + 1
	for _, k := range slices.Sorted(maps.Keys(e.keys)) {
		if e.keys[k].Lease == id {
			e.remove(k, next)
		}
	}
	return true
}

func (e *etcd) remove(key string, revision int64) bool {
	if e.keys[key] == nil {
		return false
	}
	delete(e.keys, key)
	e.revision = revision
	e.events = append(e.events, &mvccpb.Event{Type: mvccpb.Event_DELETE, Kv: &mvccpb.KeyValue{Key: []byte(key), ModRevision: revision}})
	return true
}

// put stores a value, unless its lease has ended.
func (e *etcd) put(r *pb.PutRequest, revision int64) bool {
	if r.Lease != 0 && e.leases[r.Lease] == nil {
		return false
	}
	kv := &mvccpb.KeyValue{Key: bytes.Clone(r.Key), Value: bytes.Clone(r.Value), Lease: r.Lease, CreateRevision: revision, ModRevision: revision, Version: 1}
	if old := e.keys[string(r.Key)]; old != nil {
		kv.CreateRevision, kv.Version = old.CreateRevision, old.Version+1
	}
	e.keys[string(r.Key)], e.revision = kv, revision
	if e.w.keeps && bytes.HasPrefix(r.Key, []byte("/cachegopher/sim/members/")) {
		e.joined = append(e.joined, e.w.now)
	}
	e.events = append(e.events, &mvccpb.Event{Type: mvccpb.Event_PUT, Kv: kv})
	return true
}

// get returns the keys of a range, sorted.
func (e *etcd) get(r *pb.RangeRequest) (kvs []*mvccpb.KeyValue) {
	for _, k := range slices.Sorted(maps.Keys(e.keys)) {
		if k == string(r.Key) || len(r.RangeEnd) > 0 && k >= string(r.Key) && k < string(r.RangeEnd) {
			kvs = append(kvs, e.keys[k])
		}
	}
	return kvs
}

// since returns the events from a revision on.
func (e *etcd) since(revision int64) []*mvccpb.Event {
	i := len(e.events)
	for i > 0 && e.events[i-1].Kv.ModRevision >= revision {
		i--
	}
	return slices.Clone(e.events[i:])
}

// holds reports whether a comparison of revisions or leases holds, for all keys if it is of a range.
func (e *etcd) holds(c *pb.Compare) bool {
	if len(c.RangeEnd) > 0 {
		return !slices.ContainsFunc(e.get(&pb.RangeRequest{Key: c.Key, RangeEnd: c.RangeEnd}), func(kv *mvccpb.KeyValue) bool { return !e.compare(c, kv) })
	}
	if kv := e.keys[string(c.Key)]; kv != nil {
		return e.compare(c, kv)
	}
	return e.compare(c, &mvccpb.KeyValue{})
}

func (e *etcd) compare(c *pb.Compare, kv *mvccpb.KeyValue) bool {
	var is, want int64
	switch u := c.TargetUnion.(type) {
	case *pb.Compare_CreateRevision:
		is, want = kv.CreateRevision, u.CreateRevision
	case *pb.Compare_ModRevision:
		is, want = kv.ModRevision, u.ModRevision
	case *pb.Compare_Lease:
		is, want = kv.Lease, u.Lease
	default:
		e.w.fail("etcd is asked for a comparison that it does not know: %v", c)
	}
	switch c.Result {
	case pb.Compare_GREATER:
		return is > want
	case pb.Compare_LESS:
		return is < want
	case pb.Compare_NOT_EQUAL:
		return is != want
	}
	return is == want
}
