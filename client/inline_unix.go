//go:build unix

package client

import (
	"context"
	"errors"
	"io"
	"os"
	"time"
)

// inlineTry is the state of a round trip that the caller makes itself.
type inlineTry struct {
	b       []byte
	wrote   int
	phase   int // 0: look for unsolicited bytes, 1: write, 2: read
	n       int
	err     error
	fn      func(fd uintptr) bool
	misses  int // successive attempts without a reply in time
	skipped int
}

const (
	// inlineWait is how long a caller with a context that may end reads for itself.
	// After that it waits on the call, where it observes the context.
	inlineWait = time.Millisecond
	// inlineWaitLong is the same for callers whose context cannot end.
	inlineWaitLong = 100 * time.Millisecond
	// After inlineMisses successive misses only one caller in inlineSkips reads
	// inline: the node is too far away.
	inlineMisses = 4
	inlineSkips  = 256
)

// worthIt reports whether to read inline, which pays when replies arrive quickly.
func (t *inlineTry) worthIt() bool {
	if t.misses < inlineMisses {
		return true
	}
	t.skipped++
	return t.skipped%inlineSkips == 0
}

// roundTrip sends the queued requests and reads until the call is finished. It requires
// the lock, both roles, and a queue with only this call; it gives up the lock and both
// roles. It reports false when the caller still has to wait on the call.
func (c *conn) roundTrip(ctx context.Context, cl *call) (done bool) {
	t := &c.inline
	t.b, t.wrote, t.phase, t.err = c.take(), 0, 0, nil
	c.mu.Unlock()

	now := time.Now()
	wait := inlineWaitLong
	if ctx.Done() != nil {
		wait = inlineWait
		if d, ok := ctx.Deadline(); ok {
			wait = min(wait, d.Sub(now))
		}
	}
	if cl.limit > 0 {
		wait = min(wait, cl.limit)
	}
	err := c.nc.SetReadDeadline(now.Add(wait))
	c.reader.deadline = true
	for err == nil && !cl.done {
		c.reader.space()
		t.n = 0
		err = c.raw.Read(t.fn)
		if err == nil {
			err = t.err
		}
		if err == nil && t.phase == 0 { // the request is not sent yet
			c.gotBytes(t.n, c.handed.Load())
			err = c.reader.skipPushes()
			c.noteRest()
			continue
		}
		if err == nil && t.n > 0 {
			c.gotBytes(t.n, c.handed.Load())
			_, err = c.dispatch()
		}
		if err == nil && t.phase == 1 {
			break // the socket did not take all: it is full
		}
	}
	return c.endRoundTrip(cl, err)
}

// inlineStep is called by the runtime with the socket's descriptor: at once, and then
// whenever the socket may be readable. It returns true to stop.
func (c *conn) inlineStep(fd uintptr) bool {
	t := &c.inline
	if t.phase == 0 {
		// Do not send to a node that has closed the connection, or has sent something
		// that would be taken for the reply: the request then certainly did not
		// reach it.
		t.n, t.err = readOnce(int(fd), c.reader.buf[c.reader.w:])
		if t.err != errAgain {
			return true
		}
		t.phase, t.err = 1, nil
	}
	if t.phase == 1 {
		if !c.inlineWrite(int(fd)) {
			return true
		}
		t.phase = 2
		return false
	}
	t.n, t.err = readOnce(int(fd), c.reader.buf[c.reader.w:])
	if t.err == errAgain {
		t.err = nil
		return false
	}
	return true
}

// inlineWrite writes the buffer, and those that other callers fill meanwhile, and gives
// up the writer role. It reports false if the socket did not take all.
func (c *conn) inlineWrite(fd int) bool {
	t := &c.inline
	for {
		t.wrote, t.err = writeOnce(fd, t.b)
		c.mu.Lock()
		c.wrote(t.wrote)
		if t.err != nil || t.wrote < len(t.b) {
			c.mu.Unlock()
			return false
		}
		c.giveBack(t.b)
		t.b = nil
		if len(c.out) == 0 || c.err != nil {
			c.writing = false
			c.mu.Unlock()
			return true
		}
		t.b = c.take()
		c.mu.Unlock()
	}
}

// endRoundTrip gives up the roles that roundTrip still holds.
func (c *conn) endRoundTrip(cl *call, err error) (done bool) {
	t := &c.inline
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = nil
		t.misses++
	} else if cl.done {
		t.misses = 0
	}
	if err == io.EOF {
		err = errClosedByNode
	}
	if err == nil && t.phase == 0 {
		_, err = c.peekSocket() // the deadline passed before phase 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	cl.inline = false
	done = cl.done
	if err != nil {
		c.failLocked(err)
	}
	if t.phase < 2 { // the writer role is still ours
		switch {
		case c.err == nil:
			c.flushLater(t.b, t.wrote)
		default:
			c.giveBack(t.b)
			c.writing = false
		}
		t.b = nil
	}
	if c.err == nil && c.head != c.tail {
		c.readWake <- struct{}{} // replies are still to come
		return done
	}
	c.reading = false
	c.settle()
	return done
}
