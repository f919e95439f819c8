package reactor

import (
	"errors"
	"net"
	"time"

	"go.uber.org/zap"
)

// Accept accepts connections from a listener and gives them to admit, until the listener is closed. After a failure, for
// instance for lack of descriptors, it waits and tries again: clients stay in the kernel's backlog.
func (r *Reactor) Accept(l net.Listener, admit func(net.Conn)) {
	const least, most = 5 * time.Millisecond, 500 * time.Millisecond
	for wait := least; ; {
		nc, err := l.Accept()
		switch {
		case err == nil:
			wait = least
			r.probe(nc)
			boundUnsent(nc)
			admit(nc)
		case errors.Is(err, net.ErrClosed):
			return
		default:
			if r.acceptFails.Add(1); wait == least {
				r.log.Warn("cannot accept connections", zap.Error(err))
			}
			time.Sleep(wait)
			wait = min(2*wait, most)
		}
	}
}

// SetKeepAlive sets the time after which a silent TCP connection is probed, for connections accepted from now on; 0 or
// less: never.
func (r *Reactor) SetKeepAlive(d time.Duration) { r.keepAlive.Store(int64(d)) }

// KeepAlive returns the value of SetKeepAlive.
func (r *Reactor) KeepAlive() time.Duration { return time.Duration(r.keepAlive.Load()) }

// probe makes the kernel probe a silent client. It is set on the connection rather than by the listener, since another
// program may have opened the listener.
func (r *Reactor) probe(nc net.Conn) {
	if tc, ok := nc.(*net.TCPConn); ok && r.KeepAlive() > 0 {
		every := r.KeepAlive()
		_ = tc.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: every, Interval: every, Count: -1})
	}
}
