package server

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
	"golang.org/x/sys/unix"
)

// Server serves the sessions of a node on its addresses. Create it with New.
type Server struct {
	opts    Options
	log     *zap.Logger
	engine  *gnet.Client // event loops without listeners: the server accepts by itself
	watch   *watcher
	asides  asides
	drains  drains
	turns   *turns
	secure  secure
	sources sources
	loops   []*loop
	byLoop  sync.Map // gnet.EventLoop to *loop

	listeners   []net.Listener
	tlsListener net.Listener // nil: none
	rooms       rooms
	maxConns    atomic.Int64
	fileLimit   int64
	nextID      atomic.Uint64
	idle        atomic.Int64          // idle timeout in ms, 0: none
	now         atomic.Int64          // ms since start, as of the last tick
	retime      chan struct{}         // has Run look again how often to tick
	noted       [reasons]atomic.Int64 // when rarely last let a line be logged, by the clock; 0: never
	start       time.Time
	heldStep    atomic.Int64 // see SetClientBuffers
	held        atomic.Int64 // bytes that the buffers of all connections may keep
	keepAlive   atomic.Int64 // see Options.KeepAlive
	counters    counters

	stopping atomic.Bool
	failed   chan error
}

// readBuffer is how many bytes a loop reads at a time: several of the largest requests, so that few of
// them are cut and have to be put together; and no more, since it is all executed before another client
// has its turn, and may be thousands of small ones.
const readBuffer = 256 << 10

// New opens the addresses and starts the event loops; Run then serves. The
// error tells which address, limit or option is at fault. A Server whose Run is
// never called must be closed with Close.
func New(o Options) (*Server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("server options: %w", err)
	}
	s := &Server{opts: o, log: o.Logger, start: time.Now(), failed: make(chan error, 1), retime: make(chan struct{}, 1)}
	s.SetAddressLimits(o.PerAddress, o.RatePerSecond)
	s.asides = asides{srv: s, all: map[*aside]struct{}{}}
	s.secure = secure{srv: s, open: map[*secureConn]struct{}{}}
	s.drains = drains{srv: s, open: map[*drain]struct{}{}}
	s.turns = newTurns(max(o.EventLoops, 1), o.sessions.newScratch)
	s.SetClientBuffers(o.ClientBuffers)
	s.SetKeepAlive(o.KeepAlive)
	s.SetIdleTimeout(o.IdleTimeout)
	if err := s.fitDescriptors(); err != nil {
		return nil, err
	}
	for _, a := range o.Addresses {
		l, err := s.listen(a)
		if err != nil {
			s.closeListeners()
			return nil, err
		}
		s.listeners = append(s.listeners, l)
	}
	if o.TLSAddress != "" {
		if s.tlsListener, err = s.listen(o.TLSAddress); err != nil {
			s.closeListeners()
			return nil, err
		}
	}
	if err := s.startLoops(); err != nil {
		s.closeListeners()
		return nil, err
	}
	s.listeners = append(s.listeners, o.Listeners...)
	return s, nil
}

func (s *Server) startLoops() (err error) {
	if s.watch, err = newWatcher(); err != nil {
		return err
	}
	opts := []gnet.Option{
		gnet.WithNumEventLoop(s.opts.EventLoops),
		gnet.WithTCPNoDelay(gnet.TCPNoDelay),
		gnet.WithReadBufferCap(readBuffer),
		gnet.WithLogger(s.log.Named("gnet").WithOptions(zap.IncreaseLevel(zap.WarnLevel)).Sugar()),
	}
	if s.engine, err = gnet.NewClient(s, opts...); err != nil {
		return fmt.Errorf("make event loops: %w", err)
	}
	if err := s.engine.Start(); err != nil {
		return fmt.Errorf("start event loops: %w", err)
	}
	// gnet gives a new connection to the loop that has fewest, so each bell goes
	// to a loop of its own.
	for range s.opts.EventLoops {
		l, ear, err := s.newLoop()
		if err != nil {
			return errors.Join(err, s.Close())
		}
		s.loops = append(s.loops, l)
		if _, err := s.engine.EnrollContext(ear, l); err != nil {
			return errors.Join(fmt.Errorf("enroll a loop's bell: %w", err), s.Close())
		}
	}
	bound := 0
	s.byLoop.Range(func(any, any) bool { bound++; return true })
	if bound != len(s.loops) {
		return errors.Join(fmt.Errorf("%d of %d event loops have a bell", bound, len(s.loops)), s.Close())
	}
	return nil
}

// Addrs are the addresses that the server listens on, ports filled in.
func (s *Server) Addrs() []net.Addr {
	var addrs []net.Addr
	for _, l := range s.listeners {
		addrs = append(addrs, l.Addr())
	}
	return addrs
}

// TLSAddr is the address of the listener with TLS, nil if there is none.
func (s *Server) TLSAddr() net.Addr {
	if s.tlsListener == nil {
		return nil
	}
	return s.tlsListener.Addr()
}

// EventLoops is the number of event loops.
func (s *Server) EventLoops() int { return len(s.loops) }

// Run serves until ctx is done; it then answers what has been received and
// closes everything, within StopTimeout and a second. It returns an error if
// serving ended in any other way.
func (s *Server) Run(ctx context.Context) error {
	var accepting sync.WaitGroup
	for _, l := range s.listeners {
		accepting.Go(func() { s.accept(l, s.admit) })
	}
	if s.tlsListener != nil {
		accepting.Go(func() { s.accept(s.tlsListener, s.secure.admit) })
	}
	err := s.tickUntil(ctx)
	s.closeListeners()
	accepting.Wait()
	return errors.Join(err, s.stop())
}

func (s *Server) fail(err error) {
	select {
	case s.failed <- err:
	default:
	}
}

func (s *Server) closeListeners() {
	for _, l := range s.listeners {
		l.Close()
	}
	if s.tlsListener != nil {
		s.tlsListener.Close()
	}
}

// stop ends all connections, each after its last reply.
func (s *Server) stop() error {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	s.stopping.Store(true)
	for _, l := range s.loops {
		l.call(l.endAll)
	}
	s.secure.stop()
	for limit := time.Now().Add(s.opts.StopTimeout); s.rooms.all.Load() > 0 && time.Now().Before(limit); {
		<-tick.C
		s.tick(s.now.Load())
	}
	return s.Close()
}

// Close ends everything at once.
func (s *Server) Close() error {
	s.stopping.Store(true)
	s.closeListeners()
	s.drains.closeAll()
	s.secure.closeAll()
	err := s.engine.Stop()
	for _, l := range s.loops {
		l.closeBell()
	}
	s.drains.wg.Wait()
	s.watch.close()
	return err
}

// endAll ends the loop's connections: what the sockets hold is still executed.
func (l *loop) endAll() {
	data := make([]byte, 64<<10)
	for c := l.conns; c != nil; {
		next := c.next
		l.endOne(c, data)
		c = next
	}
}

func (l *loop) endOne(c *conn, data []byte) {
	defer l.guard(c)
	for !c.dead && !c.ending {
		n, err := unix.Read(c.fd, data)
		if n <= 0 || err != nil {
			break
		}
		c.receive(data[:n])
	}
	if c.dead || c.out.len() == 0 && !c.busy && !c.ending {
		c.dead = true
		c.hangUp()
		return
	}
	c.last = true
	if !c.busy || c.sess.Blocked() {
		c.end()
		c.settle()
	}
}
