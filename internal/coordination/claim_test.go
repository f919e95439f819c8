package coordination

import (
	"slices"
	"testing"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"

	"github.com/cachegopher/cachegopher/internal/epochs"
)

// TestClaimsByTheLatest: etcd's changes reach a candidate late, and others may have writes that it lacks. If another member of the group
// has registered or stood since it decided, etcd must refuse its claim. Who has taken part in the last epoch need not know that.
func TestClaimsByTheLatest(t *testing.T) {
	last := epochs.Next(4_000_000, "a")
	for _, test := range []struct {
		what    string
		knows   uint64 // the latest epoch that the candidate knows
		changes func(k keys) string
		told    bool // it was told of the change before it decided
		want    bool // etcd accepts its claim
	}{
		{"nothing", 0, nil, false, true},
		{"another member registers", 0, func(k keys) string { return k.member("a", "b") }, false, false},
		{"another member stands", 0, func(k keys) string { return k.candidate("a", "b") }, false, false},
		{"another member registers, as it knows", 0, func(k keys) string { return k.member("a", "b") }, true, true},
		{"another member stands, as it knows", 0, func(k keys) string { return k.candidate("a", "b") }, true, true},
		{"a member of another group registers", 0, func(k keys) string { return k.member("ab", "b") }, false, true},
		{"a member of another group stands", 0, func(k keys) string { return k.candidate("ab", "b") }, false, true},
		{"another member registers, which lacks nothing that it has", last, func(k keys) string { return k.member("a", "b") }, false, true},
		{"another member stands, which lacks nothing that it has", last, func(k keys) string { return k.candidate("a", "b") }, false, true},
	} {
		s := newCandidate(t, "a", "b")
		s.epoch, s.primary = test.knows, "a"
		s.takeTurns(t.Context(), time.Minute, func() bool { return s.stood })
		s.tell(s.changed(s.k.candidate("a", "c"))) // the revision is that of its Put
		if test.told {
			s.header.Revision++
			s.tell(s.changed(test.changes(s.k)))
		}
		s.takeTurns(t.Context(), time.Minute, func() bool { return s.claimed })
		if !s.claimed {
			t.Errorf("%s: it does not claim the lead", test.what)
			continue
		}
		if test.changes != nil && !test.told {
			s.header.Revision++
			s.changed(test.changes(s.k))
		}
		if is := s.meets(); is != test.want {
			t.Errorf("%s: etcd accepts the claim: %v, want %v", test.what, is, test.want)
		}
	}
}

// changed adds a key to etcd's data, of its latest revision.
func (s *subject) changed(key string) *mvccpb.KeyValue {
	kv := &mvccpb.KeyValue{Key: []byte(key), Value: []byte("{}"), CreateRevision: s.header.Revision, ModRevision: s.header.Revision}
	s.kvs = append(s.kvs, kv)
	return kv
}

// tell has the change reach the coordinator.
func (s *subject) tell(kv *mvccpb.KeyValue) {
	s.Apply(kv.ModRevision, []*mvccpb.Event{{Type: mvccpb.PUT, Kv: kv}})
}

// meets reports whether etcd's data meet all conditions of the last attempt to become the primary.
func (s *subject) meets() bool {
	return !slices.ContainsFunc(s.conditions, func(c *pb.Compare) bool {
		found := false
		for _, kv := range s.kvs {
			key := string(kv.Key)
			if key != string(c.Key) && (key < string(c.Key) || key >= string(c.RangeEnd)) {
				continue
			}
			if found = true; !meets(c, kv) {
				return true
			}
		}
		return !found && !meets(c, &mvccpb.KeyValue{})
	})
}

// meets reports whether a key, which is zero if etcd does not have it, meets a condition.
func meets(c *pb.Compare, kv *mvccpb.KeyValue) bool {
	is, than := kv.ModRevision, c.GetModRevision()
	if c.Target == pb.Compare_CREATE {
		is, than = kv.CreateRevision, c.GetCreateRevision()
	}
	switch c.Result {
	case pb.Compare_LESS:
		return is < than
	case pb.Compare_GREATER:
		return is > than
	}
	return is == than
}
