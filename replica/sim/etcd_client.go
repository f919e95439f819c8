package sim

import (
	"context"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"google.golang.org/grpc"
)

// etcdClient is a node's connection to etcd.
type etcdClient struct {
	pb.KVClient    // nil: methods that are missing here are not called
	pb.LeaseClient // nil
	n              *node
}

// requestTimeout is how long a node waits for an answer.
const requestTimeout = leaseTime / 3

func (e *etcd) reachable(n *node) bool { return !e.away && !e.cutOff[n] }

// call executes do in etcd; the thread waits for the answer. If the request or the answer gets lost, the thread waits until
// the request times out.
func (c *etcdClient) call(do func(*etcd) error) error {
	w, e := c.n.w, c.n.w.etcd
	began := w.now
	lost := func() error {
		if !w.sleep(max(0, began+requestTimeout-w.now)) {
			return context.Canceled
		}
		return context.DeadlineExceeded
	}
	if !w.sleep(e.takes(c.n)) {
		return context.Canceled
	}
	if !e.reachable(c.n) || w.now-began > requestTimeout {
		return lost()
	}
	err := do(e)
	if !w.sleep(e.takes(c.n)) {
		return context.Canceled
	}
	if !e.reachable(c.n) || e.deaf[c.n] || w.now-began > requestTimeout {
		return lost()
	}
	return err
}

// takes returns how long a request of the node, or the answer to one, is under way.
func (e *etcd) takes(n *node) time.Duration {
	if slow := e.slow[n]; slow > 0 {
		return time.Duration(e.w.rnd.Int64N(int64(slow)))
	}
	return e.w.upTo(e.delay)
}

func (e *etcd) header() *pb.ResponseHeader {
	return &pb.ResponseHeader{ClusterId: e.cluster, Revision: e.revision}
}

func (c *etcdClient) Range(_ context.Context, r *pb.RangeRequest, _ ...grpc.CallOption) (a *pb.RangeResponse, err error) {
	err = c.call(func(e *etcd) error {
		a = &pb.RangeResponse{Header: e.header(), Kvs: e.get(r)}
		return nil
	})
	return a, err
}

func (c *etcdClient) Put(_ context.Context, r *pb.PutRequest, _ ...grpc.CallOption) (a *pb.PutResponse, err error) {
	err = c.call(func(e *etcd) error {
		if !e.put(r, e.revision+1) {
			return rpctypes.ErrGRPCLeaseNotFound
		}
		a = &pb.PutResponse{Header: e.header()}
		return nil
	})
	return a, err
}

func (c *etcdClient) DeleteRange(_ context.Context, r *pb.DeleteRangeRequest, _ ...grpc.CallOption) (a *pb.DeleteRangeResponse, err error) {
	err = c.call(func(e *etcd) error {
		e.remove(string(r.Key), e.revision+1)
		a = &pb.DeleteRangeResponse{Header: e.header()}
		return nil
	})
	return a, err
}

func (c *etcdClient) Txn(_ context.Context, r *pb.TxnRequest, _ ...grpc.CallOption) (a *pb.TxnResponse, err error) {
	err = c.call(func(e *etcd) error {
		ok := true
		for _, x := range r.Compare {
			ok = ok && e.holds(x)
		}
		ops := r.Failure
		if ok {
			ops = r.Success
		}
		for _, op := range ops { // a transaction has all of its effects or none
			if p := op.GetRequestPut(); p != nil && p.Lease != 0 && e.leases[p.Lease] == nil {
				return rpctypes.ErrGRPCLeaseNotFound
			}
		}
		a = &pb.TxnResponse{Succeeded: ok}
		next := e.revision + 1
		for _, op := range ops {
			if p := op.GetRequestPut(); p != nil {
				e.put(p, next)
				a.Responses = append(a.Responses, &pb.ResponseOp{Response: &pb.ResponseOp_ResponsePut{ResponsePut: &pb.PutResponse{}}})
			} else if g := op.GetRequestRange(); g != nil {
				a.Responses = append(a.Responses, &pb.ResponseOp{Response: &pb.ResponseOp_ResponseRange{ResponseRange: &pb.RangeResponse{Kvs: e.get(g)}}})
			} else if d := op.GetRequestDeleteRange(); d != nil {
				e.remove(string(d.Key), next)
				a.Responses = append(a.Responses, &pb.ResponseOp{Response: &pb.ResponseOp_ResponseDeleteRange{ResponseDeleteRange: &pb.DeleteRangeResponse{}}})
			}
		}
		a.Header = e.header()
		return nil
	})
	return a, err
}

func (c *etcdClient) LeaseGrant(_ context.Context, r *pb.LeaseGrantRequest, _ ...grpc.CallOption) (a *pb.LeaseGrantResponse, err error) {
	err = c.call(func(e *etcd) error {
		a = &pb.LeaseGrantResponse{ID: e.grant(time.Duration(r.TTL) * time.Second), TTL: r.TTL, Header: e.header()}
		return nil
	})
	return a, err
}

func (c *etcdClient) LeaseRevoke(_ context.Context, r *pb.LeaseRevokeRequest, _ ...grpc.CallOption) (a *pb.LeaseRevokeResponse, err error) {
	err = c.call(func(e *etcd) error {
		if !e.revoke(r.ID) {
			return rpctypes.ErrGRPCLeaseNotFound
		}
		a = &pb.LeaseRevokeResponse{Header: e.header()}
		return nil
	})
	return a, err
}

func (c *etcdClient) LeaseKeepAlive(context.Context, ...grpc.CallOption) (pb.Lease_LeaseKeepAliveClient, error) {
	return &keepAlive{c: c}, nil
}

// keepAlive is a stream of renewals.
type keepAlive struct {
	grpc.ClientStream // nil
	c                 *etcdClient
	id                int64
}

func (k *keepAlive) Send(r *pb.LeaseKeepAliveRequest) error {
	k.id = r.ID
	return nil
}

func (k *keepAlive) Recv() (a *pb.LeaseKeepAliveResponse, err error) {
	err = k.c.call(func(e *etcd) error {
		a = &pb.LeaseKeepAliveResponse{ID: k.id, TTL: int64((e.renew(k.id) + time.Second - 1) / time.Second), Header: e.header()}
		return nil
	})
	return a, err
}
