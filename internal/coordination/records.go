package coordination

import (
	"encoding/json"
	"fmt"
	"strings"

	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/replica"
)

// format is the version of the keys and values in etcd. A node ignores unknown fields in values of its own format or an
// older one, and does not take part in elections while a member has a newer one.
const format = 1

// memberRecord is the value of members/<group>/<id>, which is on the member's lease, and of known/<group>/<id>, which
// stays until the member is forgotten.
type memberRecord struct {
	Format     int      `json:"format"`
	Addresses  []string `json:"addresses"`
	TLSAddress string   `json:"tls_address,omitempty"`
	Zone       string   `json:"zone,omitempty"`
	Version    string   `json:"version"`
	Joined     bool     `json:"joined,omitempty"`
	Instance   string   `json:"instance,omitempty"` // differs in each run of the node; left out of known
	Run        string   `json:"run,omitempty"`      // by which its process tells clients who it is; left out of known
	Moves      bool     `json:"moves,omitempty"`    // it knows moves of slots, and notes in its group's log

	lease    clientv3.LeaseID
	revision int64
}

// primaryRecord is the value of groups/<group>/primary, on the primary's lease, and of groups/<group>/last, which stays.
type primaryRecord struct {
	ID       string `json:"id"`
	Epoch    uint64 `json:"epoch"`
	Instance string `json:"instance"` // of its process
	Run      string `json:"run,omitempty"`

	lease    clientv3.LeaseID
	revision int64
}

// candidateRecord is the value of candidates/<group>/<id>: the data that a candidate holds, in the election after an epoch.
type candidateRecord struct {
	After    uint64 `json:"after"` // the epoch whose primary is gone
	Knows    uint64 `json:"knows"` // the latest epoch that the member knows
	Complete bool   `json:"complete"`
	History  uint64 `json:"history"` // its place among histories
	Offset   uint64 `json:"offset"`
	Prefer   bool   `json:"prefer,omitempty"` // it is the primary in the config
}

func (m *memberRecord) server(group, id string) topology.Server {
	return topology.Server{ID: id, Group: group, Addresses: m.Addresses, TLSAddress: m.TLSAddress, Zone: m.Zone}
}

// lags reports whether the candidate has not taken part in the last epoch: other members may have writes of that epoch, or of the end of
// the one before, which a hand-over had given to them alone.
func (c candidateRecord) lags() bool { return c.Knows < c.After }

func candidateOf(p replica.Position) candidateRecord {
	c := candidateRecord{Complete: p.Complete}
	if c.Complete {
		c.History, c.Offset = p.History.Date, p.Offset
	}
	return c
}

// keys builds the names of a cluster's keys.
type keys struct{ prefix string }

func keysOf(cluster string) keys { return keys{"/cachegopher/" + cluster + "/"} }

func (k keys) member(group, id string) string    { return k.prefix + "members/" + group + "/" + id }
func (k keys) known(group, id string) string     { return k.prefix + "known/" + group + "/" + id }
func (k keys) candidate(group, id string) string { return k.prefix + "candidates/" + group + "/" + id }
func (k keys) primary(group string) string       { return k.prefix + "groups/" + group + "/primary" }
func (k keys) last(group string) string          { return k.prefix + "groups/" + group + "/last" }

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // records have no values that JSON cannot encode
	}
	return string(b)
}

// view is a copy of etcd's data about the cluster, by group and id.
type view struct {
	revision   int64  // of etcd
	cluster    uint64 // the id of etcd's own cluster; it differs after etcd's data was made anew
	version    int64  // the revision at which servers or members last changed
	members    map[string]map[string]memberRecord
	known      map[string]map[string]memberRecord
	candidates map[string]map[string]candidateRecord
	primaries  map[string]primaryRecord
	last       map[string]primaryRecord
	slots      slotsRecord // without Slots: there is none
	newer      string      // a member whose format is newer
}

func newView() *view {
	return &view{
		members: map[string]map[string]memberRecord{}, known: map[string]map[string]memberRecord{}, candidates: map[string]map[string]candidateRecord{},
		primaries: map[string]primaryRecord{}, last: map[string]primaryRecord{},
	}
}

// apply applies a change of one key. If its value is invalid the key counts as absent, and apply returns an error.
func (v *view) apply(k keys, kv *mvccpb.KeyValue, deleted bool) (err error) {
	parts := strings.Split(strings.TrimPrefix(string(kv.Key), k.prefix), "/")
	if len(parts) != 3 {
		if string(kv.Key) == k.slots() {
			err = v.applySlots(kv, deleted)
		}
		return keyError(kv, err) // other keys are of a later format
	}
	kind, group, id := parts[0], parts[1], parts[2]
	switch {
	case kind == "members" || kind == "known":
		v.version = kv.ModRevision
		into := v.members
		if kind == "known" {
			into = v.known
		}
		var r memberRecord
		err = set(into, group, id, &r, kv, deleted, func() { r.lease, r.revision = clientv3.LeaseID(kv.Lease), kv.ModRevision })
		if r.Format > format {
			v.newer = id
		}
	case kind == "candidates":
		var r candidateRecord
		err = set(v.candidates, group, id, &r, kv, deleted, func() {})
	case kind == "groups" && (id == "primary" || id == "last"):
		into := v.primaries
		if id == "last" {
			into = v.last
		}
		var r primaryRecord
		if delete(into, group); !deleted {
			if err = json.Unmarshal(kv.Value, &r); err == nil {
				r.lease, r.revision = clientv3.LeaseID(kv.Lease), kv.ModRevision
				into[group] = r
			}
		}
	}
	return keyError(kv, err)
}

func keyError(kv *mvccpb.KeyValue, err error) error {
	if err != nil {
		return fmt.Errorf("key %s: %w", kv.Key, err)
	}
	return nil
}

func set[R any](into map[string]map[string]R, group, id string, r *R, kv *mvccpb.KeyValue, deleted bool, more func()) error {
	if into[group] == nil {
		into[group] = map[string]R{}
	}
	delete(into[group], id)
	if deleted {
		return nil
	}
	if err := json.Unmarshal(kv.Value, r); err != nil {
		return err
	}
	more()
	into[group][id] = *r
	return nil
}
