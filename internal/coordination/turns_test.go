package coordination

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"go.uber.org/zap"
	"google.golang.org/grpc"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/replica"
)

// ownLease is the lease of a subject.
const ownLease = 7

// subject is a member whose coordinator's turns a test takes, in a time of its own. It is also the etcd.
type subject struct {
	pb.KVClient    // nil: methods that are missing here are not called
	pb.LeaseClient // nil
	Turns

	// As the member.
	clock     time.Duration
	part      State
	epoch     uint64
	primary   string
	following replica.Following
	fence     time.Duration
	renounces bool
	handsOver bool // it has been asked to
	paused    func()

	// As etcd.
	header         *pb.ResponseHeader
	kvs            []*mvccpb.KeyValue
	stood, claimed bool          // the member has become a candidate; has tried to become the primary
	claims         primaryRecord // what it has tried to put as the primary's key
	conditions     []*pb.Compare // of that
	forgot         string        // what it has deleted in a transaction
	wrote          string        // the value that it has put in the latest other one
	answers        time.Duration // how long a renewal takes
}

// newSubject returns a member, called c, of the group a.
func newSubject(t *testing.T, joined bool, servers ...topology.Server) *subject {
	s := &subject{clock: time.Minute}
	self := topology.Server{ID: "c", Group: "a", Addresses: []string{"c:1"}}
	var err error
	s.Turns, err = NewTurns(Options{
		Coordination: config.Coordination{Cluster: "test", FailoverAfter: 2 * time.Second, WithoutEtcd: config.WithoutEtcdFailsafe, ForgetAfter: time.Hour},
		Self:         self, Joined: joined, Beat: 500 * time.Millisecond, Member: s, State: func() State { return s.part },
		Config:  &topology.Topology{Groups: []topology.Group{{Name: "a"}}, Servers: append(servers, self)},
		Dial:    func(context.Context, topology.Server, string) error { return nil },
		Changed: func(*topology.Topology) {}, Alone: func(bool) {}, Logger: zap.NewNop(),
	}, Surroundings{KV: s, Lease: s, Go: func(func()) {}, Pause: s.pauses})
	if err != nil {
		t.Fatal(err)
	}
	s.lease = ownLease
	return s
}

// pauses ends the task, unless the test says what happens meanwhile.
func (s *subject) pauses(d time.Duration) bool {
	if s.paused == nil {
		return false
	}
	s.clock += d
	s.paused()
	return true
}

func (s *subject) Lead(epoch uint64, _ string, _ []string) error {
	s.part.Leads, s.epoch, s.primary = true, epoch, s.o.Self.ID
	return nil
}

func (s *subject) Follow(epoch uint64, _, primary string, _ []string) error {
	s.part.Leads, s.epoch, s.primary = false, epoch, primary
	return nil
}

func (s *subject) Leadership() (uint64, string)              { return s.epoch, s.primary }
func (s *subject) HandOver(string, func(error))              { s.handsOver = true }
func (s *subject) Fence(until time.Duration)                 { s.fence = until }
func (s *subject) Elapsed() time.Duration                    { return s.clock }
func (s *subject) Following(time.Duration) replica.Following { return s.following }
func (s *subject) Confirm(is bool)                           { s.renounces = !is }

// fenced reports whether it acknowledges no writes.
func (s *subject) fenced() bool { return s.fence != 0 && s.clock >= s.fence }

func (s *subject) record(key string, v any, lease int64) {
	s.kvs = append(s.kvs, &mvccpb.KeyValue{Key: []byte(key), Value: []byte(encode(v)), Lease: lease, CreateRevision: 1, ModRevision: 1})
}

// registers adds a member to etcd's data.
func (s *subject) registers(id string, lease int64, instance string) {
	s.record(s.k.member("a", id), memberRecord{Format: format, Addresses: []string{id + ":1"}, Instance: instance, Joined: true}, lease)
}

// led adds the primary, or the last one if lease is 0.
func (s *subject) led(id string, epoch uint64, lease int64) {
	r := primaryRecord{ID: id, Epoch: epoch, Instance: "first"}
	if s.record(s.k.last("a"), r, 0); lease != 0 {
		s.record(s.k.primary("a"), r, lease)
	}
}

// has replaces etcd's data by the records that records adds, and has the coordinator read them.
func (s *subject) has(t *testing.T, cluster uint64, revision int64, records func()) {
	t.Helper()
	s.header, s.kvs = &pb.ResponseHeader{ClusterId: cluster, Revision: revision}, nil
	records()
	if _, err := s.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// takeTurns has the coordinator decide for some time, or until over.
func (s *subject) takeTurns(ctx context.Context, d time.Duration, over func() bool) {
	for end := s.clock + d; s.clock < end; {
		next := s.Decide(ctx)
		if over() {
			return
		}
		if decide, _, _, _ := s.Asked(); decide {
			next = time.Millisecond
		}
		s.clock += min(next, end-s.clock)
	}
}

func (s *subject) Range(_ context.Context, r *pb.RangeRequest, _ ...grpc.CallOption) (*pb.RangeResponse, error) {
	answer := &pb.RangeResponse{Header: s.header, Kvs: s.kvs}
	if len(r.RangeEnd) == 0 {
		others := func(kv *mvccpb.KeyValue) bool { return string(kv.Key) != string(r.Key) }
		answer.Kvs = slices.DeleteFunc(slices.Clone(s.kvs), others)
	}
	return answer, nil
}

func (s *subject) Put(context.Context, *pb.PutRequest, ...grpc.CallOption) (*pb.PutResponse, error) {
	s.stood = true
	s.header.Revision++
	return &pb.PutResponse{Header: s.header}, nil
}

func (s *subject) DeleteRange(context.Context, *pb.DeleteRangeRequest, ...grpc.CallOption) (*pb.DeleteRangeResponse, error) {
	return &pb.DeleteRangeResponse{Header: s.header}, nil
}

func (s *subject) Txn(_ context.Context, r *pb.TxnRequest, _ ...grpc.CallOption) (*pb.TxnResponse, error) {
	if gone := r.Success[0].GetRequestDeleteRange(); gone != nil {
		onLease := func(c *pb.Compare) bool {
			return slices.ContainsFunc(s.kvs, func(kv *mvccpb.KeyValue) bool {
				return string(kv.Key) == string(c.Key) && c.Target == pb.Compare_LEASE && kv.Lease == c.GetLease()
			})
		}
		if slices.ContainsFunc(r.Compare, onLease) { // it is to be another one
			return &pb.TxnResponse{Header: s.header}, nil
		}
		s.forgot = string(gone.Key)
		return &pb.TxnResponse{Header: s.header, Succeeded: true}, nil
	}
	s.claimed, s.conditions, s.wrote = true, r.Compare, string(r.Success[0].GetRequestPut().Value)
	if err := json.Unmarshal(r.Success[0].GetRequestPut().Value, &s.claims); err != nil {
		return nil, err
	}
	return &pb.TxnResponse{Header: s.header}, nil
}

func (s *subject) LeaseKeepAlive(context.Context, ...grpc.CallOption) (pb.Lease_LeaseKeepAliveClient, error) {
	return &subjectRenewals{s: s}, nil
}

func (s *subject) LeaseRevoke(context.Context, *pb.LeaseRevokeRequest, ...grpc.CallOption) (*pb.LeaseRevokeResponse, error) {
	return &pb.LeaseRevokeResponse{Header: s.header}, nil
}

// subjectRenewals is a stream of renewals.
type subjectRenewals struct {
	grpc.ClientStream // nil
	s                 *subject
}

func (r *subjectRenewals) Send(*pb.LeaseKeepAliveRequest) error { return nil }

func (r *subjectRenewals) Recv() (*pb.LeaseKeepAliveResponse, error) {
	r.s.clock += r.s.answers
	return &pb.LeaseKeepAliveResponse{ID: ownLease, TTL: 2, Header: r.s.header}, nil
}
