package coordination

import (
	"context"
	"errors"
	"sync"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// lossy loses the answers of transactions that change the assignment of slots.
type lossy struct {
	mu      sync.Mutex
	lose    int          // this many
	applied bool         // etcd carries them out; else they are not even sent
	last    func() error // sends the last lost one, and fails if etcd carries it out
	meant   func()       // called at each lost one
}

// takes reports whether the answer to a request is to be lost.
func (l *lossy) takes(request any) bool {
	r, is := request.(*pb.TxnRequest)
	if !is || len(r.Success) == 0 || string(r.Success[0].GetRequestPut().GetKey()) != keysOf("test").slots() {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lose == 0 {
		return false
	}
	l.lose--
	return true
}

// loses begins to lose answers, n of them.
func (l *lossy) loses(n int, meant func()) {
	l.mu.Lock()
	l.lose, l.meant = n, meant
	l.mu.Unlock()
}

// again sends the last lost one again.
func (l *lossy) again() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last()
}

func (l *lossy) call(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if !l.takes(req) {
		return invoke(ctx, method, req, reply, cc, opts...)
	}
	if l.applied {
		if err := invoke(ctx, method, req, reply, cc, opts...); err != nil {
			return err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = func() error {
		late := new(pb.TxnResponse)
		err := invoke(context.Background(), method, req, late, cc, opts...)
		if late.Succeeded {
			return errors.New("a lost transaction was carried out later")
		}
		return err
	}
	l.meant()
	return status.Error(codes.Unavailable, "the answer is lost")
}
