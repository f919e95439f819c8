package coordination

import (
	"context"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// renewals sends renewals of leases on one stream. clientv3's KeepAliveOnce opens a stream for each, and with a user it
// signs in for each stream: a hash of the password and a write, in etcd, at every renewal. The zero value is ready.
type renewals struct {
	stream pb.Lease_LeaseKeepAliveClient // nil: none is open
	end    context.CancelFunc            // ends stream
	leases pb.LeaseClient                // nil: that of etcd's client
}

// renew renews a lease and returns its remaining seconds; 0: it has ended. If an open stream has failed since its last use, a
// new one is tried.
func (r *renewals) renew(ctx context.Context, etcd *clientv3.Client, lease clientv3.LeaseID) (ttl int64, err error) {
	old := r.stream != nil
	ttl, err = r.try(ctx, etcd, lease)
	if err != nil && old && ctx.Err() == nil {
		ttl, err = r.try(ctx, etcd, lease)
	}
	return ttl, clientv3.ContextError(ctx, err)
}

func (r *renewals) try(ctx context.Context, etcd *clientv3.Client, lease clientv3.LeaseID) (ttl int64, err error) {
	var streaming context.Context
	if r.stream == nil {
		streaming, r.end = context.WithCancel(context.Background())
	}
	stop := context.AfterFunc(ctx, r.end)
	defer func() {
		if !stop() || err != nil { // the stream has ended, or is about to
			r.close()
		}
	}()
	if r.stream == nil {
		leases := r.leases
		if leases == nil {
			leases = pb.NewLeaseClient(etcd.ActiveConnection())
		}
		if r.stream, err = leases.LeaseKeepAlive(streaming); err != nil {
			return 0, err
		}
	}
	_ = r.stream.Send(&pb.LeaseKeepAliveRequest{ID: int64(lease)}) // if it fails, Recv returns why
	answer, err := r.stream.Recv()
	return answer.GetTTL(), err
}

// close ends the stream, if one is open.
func (r *renewals) close() {
	if r.end != nil {
		r.end()
	}
	r.stream, r.end = nil, nil
}
