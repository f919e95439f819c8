package reactor

import (
	"errors"
	"io"
	"time"

	"github.com/panjf2000/gnet/v2"
	"go.uber.org/zap"
)

// ErrLoopEnded is returned by Run if gnet ends an event loop although the Reactor was not stopped.
var ErrLoopEnded = errors.New("an event loop ended unasked")

// events handles the events of gnet. The context of a connection is its *Conn, that of a wake-up descriptor
// its *Loop.
type events struct{ r *Reactor }

var _ gnet.EventHandler = events{}

func (events) OnBoot(gnet.Engine) gnet.Action       { return gnet.None }
func (events) OnShutdown(gnet.Engine)               {}
func (events) OnTick() (time.Duration, gnet.Action) { return time.Hour, gnet.None } // not used

// OnOpen binds a wake-up descriptor, and a connection, to the loop that gnet gave it to.
func (e events) OnOpen(gc gnet.Conn) ([]byte, gnet.Action) {
	switch x := gc.Context().(type) {
	case *Loop:
		e.r.byLoop.Store(gc.EventLoop(), x)
		if err := x.findPoller(gc.Fd()); err != nil {
			e.r.log.Debug("an event loop takes more system calls for its requests", zap.Error(err))
		}
	case *Conn:
		l, ok := e.r.byLoop.Load(gc.EventLoop())
		if !ok {
			return nil, gnet.Close
		}
		return nil, l.(*Loop).open(x, gc)
	}
	return nil, gnet.None
}

// OnTraffic passes the bytes that gnet has read to the connection.
func (events) OnTraffic(gc gnet.Conn) gnet.Action {
	switch x := gc.Context().(type) {
	case *Conn:
		data, _ := gc.Next(-1)
		if action := x.loop.traffic(x, data); action != gnet.None {
			return action
		}
		x.loop.stay()
	case *Loop:
		_, _ = gc.Discard(-1)
		x.woken()
	}
	return gnet.None
}

// OnClose ends a connection whose socket gnet is about to close. If the client closed its sending half while replies
// or requests are left, the connection continues without gnet.
func (e events) OnClose(gc gnet.Conn, err error) gnet.Action {
	switch x := gc.Context().(type) {
	case *Loop:
		x.closeWakeup()
		e.r.ended.Store(true)
		if !e.r.stopping.Load() {
			e.r.log.Error("gnet ended an event loop", zap.Error(err))
			e.r.fail(ErrLoopEnded)
		}
	case *Conn:
		if x.asked {
			x.asked = false
			x.loop.closing--
		}
		if x.phase == Accepted { // was never opened
			return gnet.None
		}
		eof := err == nil || errors.Is(err, io.EOF)
		if !eof || !x.detach() {
			x.closed()
		}
	}
	return gnet.None
}

func (l *Loop) open(c *Conn, gc gnet.Conn) gnet.Action {
	l.now = l.r.Clock()
	l.serving = c
	l.opened(c, gc)
	return l.served(c)
}

func (l *Loop) opened(c *Conn, gc gnet.Conn) {
	defer l.guard(c)
	c.opened(l, gc)
}

func (l *Loop) traffic(c *Conn, data []byte) gnet.Action {
	l.now = l.r.Clock()
	count(&l.reads)
	l.serving = c
	l.receive(c, data)
	return l.served(c)
}

func (l *Loop) receive(c *Conn, data []byte) {
	defer l.guard(c)
	c.receive(data)
}

// served ends the event of c, and makes gnet close c if its phase is Dead.
func (l *Loop) served(c *Conn) gnet.Action {
	l.serving = nil
	if c.phase == Dead {
		return gnet.Close
	}
	return gnet.None
}

func (r *Reactor) fail(err error) {
	select {
	case r.failed <- err:
	default:
	}
}
