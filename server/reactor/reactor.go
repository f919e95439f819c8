package reactor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/panjf2000/gnet/v2"
	"go.uber.org/zap"
)

// MaxLoops is the largest number of event loops that gnet supports.
const MaxLoops = 256

// readBuffer is the number of bytes that a loop reads at a time: several of the largest requests, so that few of
// them are split and must be joined. It is no larger because all of it is handled before another client has its turn.
// smallRead is the number for a client with small requests, and holds some 400 of them.
const (
	readBuffer = 256 << 10
	smallRead  = 16 << 10
)

// Reactor serves connections on event loops. Create it with New. Its methods may be called from any
// goroutine.
type Reactor struct {
	log           *zap.Logger
	engine        *gnet.Client // event loops without listeners
	loops         []*Loop
	byLoop        sync.Map // gnet.EventLoop to *Loop
	handshakes    handshakes
	interruptible atomic.Bool // as the function, since Run began: the daemon raises GOMAXPROCS once it has made a reactor

	nextID    atomic.Uint64
	conns     atomic.Int64 // enrolled and not closed
	roomy     atomic.Int32 // of which these have more room in the kernel than others
	queued    atomic.Int32 // functions that gnet may have been given and not run
	start     time.Time
	now       atomic.Int64  // ms since start, as of the last tick
	idle      atomic.Int64  // idle timeout in ms, 0: none
	keepAlive atomic.Int64  // a time.Duration, see SetKeepAlive
	retime    chan struct{} // makes Run choose the interval of ticks again

	acceptFails, panics, unsent, invalid atomic.Int64

	stopping atomic.Bool // connections are being drained
	closing  atomic.Bool // the loops are about to end
	ended    atomic.Bool // a loop has ended
	failed   chan error
}

// New starts event loops. The Reactor must be closed with Stop or Close.
func New(loops int, log *zap.Logger) (*Reactor, error) {
	r := &Reactor{log: log, start: time.Now(), failed: make(chan error, 1), retime: make(chan struct{}, 1)}
	r.handshakes.ctx, r.handshakes.cancel = context.WithCancel(context.Background())
	var err error
	opts := []gnet.Option{
		gnet.WithNumEventLoop(loops),
		gnet.WithTCPNoDelay(gnet.TCPNoDelay),
		gnet.WithReadBufferCap(readBuffer),
		gnet.WithLogger(log.Named("gnet").WithOptions(zap.IncreaseLevel(zap.WarnLevel)).Sugar()),
	}
	if r.engine, err = gnet.NewClient(events{r}, opts...); err == nil {
		err = r.engine.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("start event loops: %w", err)
	}
	if err := r.bindLoops(loops); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// bindLoops makes a Loop for each of gnet's. gnet gives a new connection to the loop with the fewest connections, so each
// wake-up descriptor is on a different loop.
func (r *Reactor) bindLoops(loops int) error {
	for i := range loops {
		l, receiver, err := r.newLoop(i)
		if err != nil {
			return err
		}
		r.loops = append(r.loops, l)
		if _, err := r.engine.EnrollContext(receiver, l); err != nil {
			return fmt.Errorf("enroll a loop's wake-up descriptor: %w", err)
		}
		if l.writable, err = newWritability(l); err != nil {
			return err
		}
	}
	bound := 0
	r.byLoop.Range(func(any, any) bool { bound++; return true })
	if bound != len(r.loops) {
		return fmt.Errorf("%d of %d event loops have a wake-up descriptor", bound, len(r.loops))
	}
	return nil
}

// Loops returns the event loops. The caller must not change the slice.
func (r *Reactor) Loops() []*Loop { return r.loops }

// Check returns nil once every event loop has taken a turn since the call, or an error that counts the
// loops that had not when ctx ended. A watchdog that depends on it notices a loop that is stuck.
func (r *Reactor) Check(ctx context.Context) error {
	if missing := r.onEach(ctx, func(*Loop) {}); missing > 0 {
		return fmt.Errorf("%d of %d event loops do not turn: %w", missing, len(r.loops), ctx.Err())
	}
	return nil
}

// onEach runs fn on every loop and waits for all of them until ctx is done. It returns the number of loops that have not
// run it by then.
func (r *Reactor) onEach(ctx context.Context, fn func(*Loop)) (missing int) {
	ran := make(chan struct{}, len(r.loops))
	for _, l := range r.loops {
		l.Call(func() { fn(l); ran <- struct{}{} })
	}
	for n := range r.loops {
		select {
		case <-ran:
		case <-ctx.Done():
			return len(r.loops) - n
		}
	}
	return 0
}

// Stats counts events since New.
type Stats struct {
	Reads, Writes int64 // system calls on connections
	AcceptFails   int64 // connections that could not be accepted or enrolled
	Panics        int64 // connections closed because their handler panicked
	Unsent        int64 // connections closed because the client did not take its last replies in time
	Invalid       int64 // invalid transitions of phases: faults of this package
}

// Stats returns the current counters.
func (r *Reactor) Stats() Stats {
	s := Stats{AcceptFails: r.acceptFails.Load(), Panics: r.panics.Load(), Unsent: r.unsent.Load(), Invalid: r.invalid.Load()}
	for _, l := range r.loops {
		s.Reads, s.Writes = s.Reads+l.reads.Load(), s.Writes+l.writes.Load()
	}
	return s
}

// Enroll gives a connection to a loop and returns after Handler.Opened. It owns nc from then on, even if it fails.
// nc is a TCP or unix connection, or the result of Handshake.
func (r *Reactor) Enroll(c *Conn, nc net.Conn) error {
	if err := r.enroll(c, nc); err != nil {
		r.acceptFails.Add(1)
		r.log.Warn("cannot serve a connection", zap.Error(err))
		return err
	}
	return nil
}

func (r *Reactor) enroll(c *Conn, nc net.Conn) error {
	c.tls, nc = memoryTransport(nc)
	if r.ended.Load() {
		nc.Close()
		return ErrLoopEnded // gnet would wait for the loop forever
	}
	r.conns.Add(1)
	queued := r.queueing()
	_, err := r.engine.EnrollContext(nc, c)
	queued()
	if err == nil && c.home.Load() == nil {
		err = errors.New("its event loop did not take it")
	}
	if err != nil {
		r.conns.Add(-1)
	}
	return err
}

// Stop waits until by for the connections to end, each after its last reply, and then ends the rest and the loops.
// REQUIRES: Drain has returned.
func (r *Reactor) Stop(by time.Time) error {
	r.await(by, func() bool { return r.conns.Load() == 0 })
	return r.Close()
}

// Close ends everything at once. It does nothing when called again.
func (r *Reactor) Close() error {
	r.stopping.Store(true)
	if r.closing.Swap(true) {
		return nil
	}
	r.handshakes.cancel()
	r.handshakes.wg.Wait()
	r.queueing() // to the end
	err := r.engine.Stop()
	for _, l := range r.loops {
		l.closeWakeup()
		for c := range l.Conns() { // gnet has closed all but those that drain
			c.closed()
		}
		if l.writable != nil {
			l.writable.close()
		}
	}
	return err
}
