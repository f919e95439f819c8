package server

import (
	"net"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"
)

// drains finish connections whose client has closed its sending half while
// replies or requests were left: gnet closes its socket then, so a duplicate of
// it is served by a goroutine until the client has everything.
type drains struct {
	srv  *Server
	held atomic.Int64 // bytes of buffers
	wg   sync.WaitGroup

	mu      sync.Mutex
	open    map[net.Conn]int64 // buffers of each; guarded by mu, as the following
	scratch []scratch          // not in use
}

// maxDrains bounds the goroutines that finish connections.
const maxDrains = 1024

// drainStep is about how many bytes of replies are made before they are written.
const drainStep = 256 << 10

// take takes over what is left of c. It reports false when it cannot. c's loop
// calls it, before gnet closes the socket.
func (d *drains) take(c *conn) bool {
	d.mu.Lock()
	full := len(d.open) >= maxDrains
	d.mu.Unlock()
	if full {
		return false
	}
	d.srv.watch.forget(c)
	fd, err := unix.FcntlInt(uintptr(c.fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return false
	}
	f := os.NewFile(uintptr(fd), "draining connection")
	nc, err := net.FileConn(f)
	f.Close()
	if err != nil {
		return false
	}
	in, out := c.in, c.out
	c.in, c.out = buffer{}, buffer{}
	c.account()
	size := int64(cap(in.b) + cap(out.b))
	d.held.Add(size)
	d.mu.Lock()
	d.open[nc] = size
	d.mu.Unlock()
	d.wg.Go(func() {
		defer d.done(c, nc, size)
		d.drain(c, nc, in.bytes(), out.bytes())
	})
	return true
}

func (d *drains) done(c *conn, nc net.Conn, size int64) {
	if p := recover(); p != nil {
		d.srv.counters.closed[byPanic].Add(1)
		d.srv.log.Error("a session panicked while its connection was drained",
			zap.Uint64("connection", c.id), zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
	}
	nc.Close()
	d.held.Add(-size)
	d.mu.Lock()
	delete(d.open, nc)
	d.mu.Unlock()
	c.sess.Close()
	d.srv.release()
}

// drain sends what was replied, executes what was received, and sends that too.
func (d *drains) drain(c *conn, nc net.Conn, in, out []byte) {
	scratch := d.borrow()
	defer d.giveBack(scratch)
	for {
		_ = nc.SetWriteDeadline(time.Now().Add(unsentTime))
		if _, err := nc.Write(out); err != nil {
			d.srv.counters.closed[byUnsent].Add(1)
			return
		}
		if c.sess.Closing() {
			return
		}
		var used int
		used, out = c.sess.Run(scratch, in, out[:0], drainStep)
		in = in[used:]
		if used == 0 && len(out) == 0 && !c.sess.More() {
			return // at most a part of a request is left
		}
	}
}

func (d *drains) borrow() scratch {
	d.mu.Lock()
	defer d.mu.Unlock()
	if last := len(d.scratch) - 1; last >= 0 {
		s := d.scratch[last]
		d.scratch = d.scratch[:last]
		return s
	}
	return d.srv.opts.sessions.newScratch()
}

func (d *drains) giveBack(s scratch) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.scratch = append(d.scratch, s)
}

// closeLargest closes the drain that keeps most if that is more than least.
func (d *drains) closeLargest(least int64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	var most net.Conn
	for nc, size := range d.open {
		if size > least {
			most, least = nc, size
		}
	}
	if most == nil {
		return false
	}
	d.srv.counters.closed[byClientBuffers].Add(1)
	d.open[most] = 0
	most.Close()
	return true
}

// closeAll ends all drains.
func (d *drains) closeAll() {
	d.mu.Lock()
	for nc := range d.open {
		nc.Close()
	}
	d.mu.Unlock()
}
