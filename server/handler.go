package server

import (
	"errors"
	"io"
	"time"

	"github.com/panjf2000/gnet/v2"
	"go.uber.org/zap"
)

// errLoopEnded is what Run returns when gnet ends an event loop unasked.
var errLoopEnded = errors.New("an event loop ended unasked")

// OnBoot is gnet's event; nothing is to be done.
func (s *Server) OnBoot(gnet.Engine) gnet.Action { return gnet.None }

// OnShutdown is gnet's event; nothing is to be done.
func (s *Server) OnShutdown(gnet.Engine) {}

// OnTick is gnet's event; it is not asked for.
func (s *Server) OnTick() (time.Duration, gnet.Action) { return time.Hour, gnet.None }

// OnOpen binds a bell to its loop, and a connection to the loop it was given to.
func (s *Server) OnOpen(gc gnet.Conn) ([]byte, gnet.Action) {
	switch x := gc.Context().(type) {
	case *loop:
		s.byLoop.Store(gc.EventLoop(), x)
	case *conn:
		l, ok := s.byLoop.Load(gc.EventLoop())
		if !ok {
			return nil, gnet.Close
		}
		x.open(l.(*loop), gc)
	}
	return nil, gnet.None
}

func (c *conn) open(l *loop, gc gnet.Conn) {
	c.loop, c.gc, c.fd, c.opened = l, gc, gc.Fd(), true
	l.now = c.srv.clock()
	c.active = l.now
	c.home.Store(l)
	l.link(c)
	if c.srv.stopping.Load() {
		c.dead = true
		c.hangUp()
	}
}

// OnTraffic hands what gnet has read to the connection.
func (s *Server) OnTraffic(gc gnet.Conn) gnet.Action {
	switch x := gc.Context().(type) {
	case *conn:
		return x.traffic(gc)
	case *loop:
		_, _ = gc.Discard(-1)
		x.answer()
	}
	return gnet.None
}

func (c *conn) traffic(gc gnet.Conn) (action gnet.Action) {
	data, _ := gc.Next(-1)
	defer func() {
		if c.dead {
			action = gnet.Close
		}
	}()
	defer c.loop.guard(c)
	c.loop.now = c.srv.clock()
	count(&c.loop.reads)
	c.receive(data)
	return gnet.None
}

// OnClose takes a connection that gnet lets go of; replies and requests that are
// left go on by themselves.
func (s *Server) OnClose(gc gnet.Conn, err error) gnet.Action {
	switch x := gc.Context().(type) {
	case *loop:
		x.closeBell()
		if !s.stopping.Load() {
			s.log.Error("gnet ended an event loop", zap.Error(err))
			s.fail(errLoopEnded)
		}
	case *conn:
		x.closed = true
		if !x.opened {
			return gnet.None
		}
		x.loop.unlink(x)
		eof := err == nil || errors.Is(err, io.EOF)
		if eof && !x.dead && (x.out.len() > 0 || x.busy) && s.drains.take(x) {
			return gnet.None
		}
		x.gone()
	}
	return gnet.None
}
