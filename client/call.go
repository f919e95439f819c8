package client

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// A call is one caller's requests waiting for their replies on one connection.
//
// Ownership: the connection's queue refers to the call from send until its last reply.
// A caller that gives up abandons the call; the connection recycles it when its replies
// have arrived, which keeps the order of replies. Only the goroutine that moved state
// away from callWaiting may touch the sink, so the caller's memory is never written
// after the caller has left.
type call struct {
	wake  chan struct{} // holds one token when the call is finished
	state atomic.Uint32
	timer *time.Timer // reused; stopped unless a wait is under way

	sink   []reply // one for each request, in order; the caller's memory
	one    [1]reply
	got    int    // replies taken so far; only the reader touches it
	start  uint64 // offset of its first byte in all request bytes of the connection
	end    uint64 // offset after its last byte
	unsent bool   // the connection failed before any of its requests was sent completely
	err    error  // why the connection failed

	second  bool          // with many callers it is sent on the second connection: see node.connOf
	limit   time.Duration // how long the caller may read inline; 0: no limit
	inline  bool          // the caller reads the connection itself; no token is sent
	done    bool          // inline: the last reply has arrived
	sampled bool          // started is set: measure the latency
	started time.Time
	begun   time.Time // when the wait began; zero when nothing could interrupt it
}

const (
	callWaiting   uint32 = iota
	callTaken            // the reader is filling the sink, or has finished
	callAbandoned        // the caller has left
)

var callPool = sync.Pool{New: func() any { return &call{wake: make(chan struct{}, 1), second: rand.Uint32()&1 == 1} }}

// newCall returns a call whose replies go to sink, one for each request, or to the
// call's own single reply when sink is nil.
func newCall(sink []reply) *call {
	cl := callPool.Get().(*call)
	if sink == nil {
		sink = cl.one[:]
	}
	cl.sink = sink
	return cl
}

// release returns a finished call to the pool. Nothing may refer to it any more.
func (cl *call) release() {
	cl.sink = nil
	cl.one[0] = reply{}
	cl.got, cl.start, cl.end, cl.err = 0, 0, 0, nil
	cl.unsent, cl.inline, cl.done, cl.sampled = false, false, false, false
	cl.limit, cl.begun = 0, time.Time{}
	cl.state.Store(callWaiting)
	callPool.Put(cl)
}

// finish tells the caller that the call is finished. It requires the reader role; the
// call must not be touched afterwards.
func (cl *call) finish() {
	if cl.inline {
		cl.done = true
		return
	}
	cl.wake <- struct{}{}
}

// abandon gives the call up. It reports false when the call finished first; then it has
// received the token, and the call belongs to the caller.
func (cl *call) abandon() bool {
	for {
		if cl.state.CompareAndSwap(callWaiting, callAbandoned) {
			return true
		}
		// The reader is copying a reply, which does not take long.
		select {
		case <-cl.wake:
			return false
		default:
			runtime.Gosched()
		}
	}
}

// errPatience is the error of a wait that reached its patience. The call is still waiting.
type errPatience struct{}

func (errPatience) Error() string { return "no answer yet" }

// wait returns nil when the call is finished, the context's error when that ended first,
// and errPatience after patience, unless that is 0. After an error the call is still
// waiting: abandon it or wait again.
func (cl *call) wait(ctx context.Context, patience time.Duration) error {
	if patience == 0 && ctx.Done() == nil {
		<-cl.wake
		return nil
	}
	return cl.waitUntil(ctx, patience)
}

// waitUntil is wait where something may end the wait. It is a function of its own, since a select takes more stack.
func (cl *call) waitUntil(ctx context.Context, patience time.Duration) error {
	done := ctx.Done()
	if patience == 0 {
		if cl.begun.IsZero() {
			cl.begun = time.Now()
		}
		select {
		case <-cl.wake:
			return nil
		case <-done:
			return ctx.Err()
		}
	}
	if cl.begun.IsZero() {
		cl.begun = time.Now()
	}
	if cl.timer == nil {
		cl.timer = time.NewTimer(patience)
	} else {
		cl.timer.Reset(patience)
	}
	select {
	case <-cl.wake:
		cl.timer.Stop()
		return nil
	case <-done:
		cl.timer.Stop()
		return ctx.Err()
	case <-cl.timer.C:
		return errPatience{}
	}
}

// accept takes one reply for the call and reports whether it was the last; then the call
// is finished and must not be touched.
func (cl *call) accept(frame []byte) (last bool, err error) {
	last = cl.got == len(cl.sink)-1
	if !cl.state.CompareAndSwap(callWaiting, callTaken) {
		cl.got++
		if last {
			cl.release() // abandoned
		}
		return last, nil
	}
	if err := cl.sink[cl.got].decode(frame); err != nil {
		cl.state.Store(callWaiting)
		return false, err
	}
	cl.got++
	if last {
		cl.finish()
	} else {
		cl.state.Store(callWaiting)
	}
	return last, nil
}
