package coordination

import (
	"context"
	"sync/atomic"

	"google.golang.org/grpc/stats"
)

// dispatch tells whether a request whose context has it has gone to etcd. What has certainly not cannot be carried out later.
type dispatch struct{ state atomic.Int32 }

const (
	dispatchBegun = 1 + iota // gRPC has the request, and looks for a connection
	dispatchSent             // some of it was given to a connection
)

type dispatchKey struct{}

// following returns a context whose requests d follows.
func (d *dispatch) following(ctx context.Context) context.Context {
	return context.WithValue(ctx, dispatchKey{}, d)
}

// unsent reports whether gRPC has had the request and nothing of it was sent. The request must have ended.
func (d *dispatch) unsent() bool { return d.state.Load() == dispatchBegun }

// dispatches is a stats.Handler that tells the dispatch of each request.
type dispatches struct{}

// TagRPC implements stats.Handler.
func (dispatches) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context {
	if d, ok := ctx.Value(dispatchKey{}).(*dispatch); ok {
		d.state.CompareAndSwap(0, dispatchBegun)
	}
	return ctx
}

// HandleRPC implements stats.Handler. A client's OutHeader comes from the goroutine of the request, before the request itself is
// sent.
func (dispatches) HandleRPC(ctx context.Context, s stats.RPCStats) {
	if _, ok := s.(*stats.OutHeader); !ok {
		return
	}
	if d, ok := ctx.Value(dispatchKey{}).(*dispatch); ok {
		d.state.Store(dispatchSent)
	}
}

// TagConn implements stats.Handler.
func (dispatches) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// HandleConn implements stats.Handler.
func (dispatches) HandleConn(context.Context, stats.ConnStats) {}
