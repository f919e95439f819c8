package server

import (
	"net"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"
)

// drains finish connections whose client has closed its sending half while
// replies or requests were left: gnet closes its socket then, so a duplicate of
// it is served by a goroutine until the client has everything.
type drains struct {
	srv *Server
	wg  sync.WaitGroup

	mu   sync.Mutex
	open map[*drain]struct{} // guarded by mu, as over
	over bool                // the server ends: no more are taken
}

// drain is one connection that is finished.
type drain struct {
	*aside
	c *conn
}

// maxDrains bounds the goroutines that finish connections.
const maxDrains = 1024

// drainStep is about how many bytes of replies are made before they are written. There may be maxDrains at
// once, each with so much, and as much again that the collector has not found yet.
const drainStep = 32 << 10

// take takes over what is left of c. It reports false when it cannot. c's loop
// calls it, before gnet closes the socket.
func (d *drains) take(c *conn) bool {
	nc, err := duplicate(c.fd)
	if err != nil {
		return false
	}
	one := &drain{c: c}
	d.mu.Lock()
	if d.over || len(d.open) >= maxDrains {
		d.mu.Unlock()
		nc.Close()
		return false
	}
	one.aside = d.srv.asides.add(c.id, nc)
	d.open[one] = struct{}{}
	d.mu.Unlock()
	d.srv.watch.forget(c)
	in, out := c.in, c.out
	c.in, c.out = buffer{}, buffer{}
	c.uncount()
	one.keep(cap(in.b) + cap(out.b) + c.sess.Kept())
	d.wg.Go(func() {
		defer d.done(one)
		d.run(one, in, out.bytes())
	})
	return true
}

// duplicate returns a connection of its own over the socket fd.
func duplicate(fd int) (net.Conn, error) {
	fd, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), "draining connection")
	defer f.Close()
	return net.FileConn(f)
}

func (d *drains) done(one *drain) {
	if p := recover(); p != nil {
		d.srv.counters.closed[byPanic].Add(1)
		d.srv.log.Error("a session panicked while its connection was drained",
			zap.Uint64("connection", one.c.id), zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
	}
	one.nc.Close()
	d.srv.asides.remove(one.aside)
	d.mu.Lock()
	delete(d.open, one)
	d.mu.Unlock()
	one.c.sess.Close()
	one.c.place.release()
}

// run sends what was replied, executes what was received, and sends that too.
func (d *drains) run(one *drain, in buffer, out []byte) {
	for sess := one.c.sess; ; {
		_ = one.nc.SetWriteDeadline(time.Now().Add(unsentTime))
		if _, err := one.nc.Write(out); err != nil {
			if !one.closed() {
				d.srv.counters.closed[byUnsent].Add(1)
			}
			return
		}
		if sess.Closing() {
			return
		}
		var used int
		d.srv.turns.done(out)
		used, out = d.srv.turns.run(sess, in.bytes(), drainStep)
		in.consume(used)
		one.keep(cap(in.b) + cap(out) + sess.Kept())
		if sess.Closing() {
			d.srv.note(one.c.remote, sess.Reason())
		}
		if sess.Blocked() {
			time.Sleep(tickEvery / 10)
			continue
		}
		if used == 0 && len(out) == 0 && !sess.More() {
			return // at most a part of a request is left
		}
	}
}

// closeAll ends all drains, and takes none from now on.
func (d *drains) closeAll() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.over = true
	for one := range d.open {
		one.close()
	}
}
