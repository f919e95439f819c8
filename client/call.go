package client

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// A call is one caller's requests waiting for their replies on one connection.
//
// Owner: from send until its last reply is in, the connection's queue refers to
// it. A caller that gives up abandons the call, and the connection recycles it
// when the replies have come, so that their order is not disturbed. Whoever
// moves state away from waiting may touch the sink; the caller's memory is
// therefore never written once the caller has gone.
type call struct {
	wake  chan struct{} // holds one token when the call is finished
	state atomic.Uint32
	timer *time.Timer // reused; stopped unless a wait is under way

	sink   []reply // one for each request, in order; the caller's memory
	one    [1]reply
	got    int    // replies taken so far; only the reader touches it
	start  uint64 // the connection's count of request bytes before this call's first
	end    uint64 // and up to its last
	unsent bool   // the connection failed before any of its requests was sent as a whole
	err    error  // why the connection failed

	limit   time.Duration // most that its caller may read inline; 0: no limit
	inline  bool          // its caller reads the connection itself; no token is sent
	done    bool          // inline: the last reply is in
	sampled bool          // started is set: its latency is to be measured
	started time.Time
	begun   time.Time // when the wait began; zero when nothing could end it
}

const (
	callWaiting   uint32 = iota
	callTaken            // the reader is filling the sink, or has finished
	callAbandoned        // the caller is gone
)

var callPool = sync.Pool{New: func() any { return &call{wake: make(chan struct{}, 1)} }}

// newCall returns a call for n requests whose replies go to sink, or to the
// call's own single one when sink is nil.
func newCall(sink []reply) *call {
	cl := callPool.Get().(*call)
	if sink == nil {
		sink = cl.one[:]
	}
	cl.sink = sink
	return cl
}

// release gives a finished call back. Nobody may refer to it any more.
func (cl *call) release() {
	cl.sink = nil
	cl.one[0] = reply{}
	cl.got, cl.start, cl.end, cl.err = 0, 0, 0, nil
	cl.unsent, cl.inline, cl.done, cl.sampled = false, false, false, false
	cl.limit, cl.begun = 0, time.Time{}
	cl.state.Store(callWaiting)
	callPool.Put(cl)
}

// finish tells the caller that the call is finished. The reader role is held;
// the call must not be touched afterwards.
func (cl *call) finish() {
	if cl.inline {
		cl.done = true
		return
	}
	cl.wake <- struct{}{}
}

// abandon takes the call from the reader. It reports false when the call was
// finished first; then the token has been received, and the call is the
// caller's as after any other end.
func (cl *call) abandon() bool {
	for {
		if cl.state.CompareAndSwap(callWaiting, callAbandoned) {
			return true
		}
		// The reader has it for as long as copying takes what has arrived.
		select {
		case <-cl.wake:
			return false
		default:
			runtime.Gosched()
		}
	}
}

// errPatience says that a wait ended because of its own limit: the call still
// stands.
type errPatience struct{}

func (errPatience) Error() string { return "no answer yet" }

// wait returns nil when the call is finished, the context's error when that
// ended first, and errPatience after patience when that is not 0. After an
// error the call is still waiting: abandon it or wait again.
func (cl *call) wait(ctx context.Context, patience time.Duration) error {
	done := ctx.Done()
	if patience == 0 {
		if done == nil {
			<-cl.wake
			return nil
		}
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
