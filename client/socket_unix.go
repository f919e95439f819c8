//go:build unix

package client

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// rawTry is a non-blocking write. The connection keeps it, with its function, so that a
// write allocates nothing.
type rawTry struct {
	b   []byte
	n   int
	err error
	fn  func(fd uintptr) bool
}

func (c *conn) initRaw() {
	// Only these two types: a type that embeds them may have its own Read and Write.
	var sc syscall.Conn
	switch nc := c.nc.(type) {
	case *net.TCPConn:
		sc = nc
	case *net.UnixConn:
		sc = nc
	default:
		return
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return
	}
	c.raw = raw
	c.try.fn = func(fd uintptr) bool {
		c.try.n, c.try.err = writeOnce(int(fd), c.try.b)
		return true
	}
	c.receiving.fn = func(fd uintptr) bool {
		t := &c.receiving
		c.arrival.Lock()
		t.n, t.err = readOnce(int(fd), t.b)
		t.handed = c.handed.Load()
		if t.n > 0 {
			c.behind.Store(true)
		}
		c.arrival.Unlock()
		return t.err != errAgain
	}
	c.peek.fn = func(fd uintptr) {
		c.arrival.Lock()
		defer c.arrival.Unlock()
		c.peek.n, c.peek.err = peekSocket(int(fd), c.peek.b[:])
		c.peek.behind = c.behind.Load()
	}
	c.inline.fn = c.inlineStep
}

// ensureNonBlocking makes the socket of nc, or of the connection inside of it, non-blocking if it is not. Those of package net are,
// but a caller's dialer may have changed that, as os.File.Fd does: then a raw system call would hold up the scheduler, and no
// deadline or Close could end a read. It does nothing to a connection that has no socket.
func ensureNonBlocking(nc net.Conn) {
	for outer, ok := nc.(interface{ NetConn() net.Conn }); ok; outer, ok = nc.(interface{ NetConn() net.Conn }) {
		nc = outer.NetConn() // as of a tls.Conn
	}
	if sc, ok := nc.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			_ = raw.Control(func(fd uintptr) { _ = syscall.SetNonblock(int(fd), true) })
		}
	}
}

// rawReceive is a read that blocks.
type rawReceive struct {
	b      []byte
	n      int
	handed uint64 // conn.handed when the bytes were taken off the socket
	err    error
	fn     func(fd uintptr) bool
}

// rawReceive reads into b, and returns conn.handed as it was then.
func (c *conn) rawReceive(b []byte) (n int, handed uint64, err error) {
	t := &c.receiving
	t.b, t.n, t.err = b, 0, nil
	err = c.raw.Read(t.fn)
	t.b = nil
	if err == nil {
		err = t.err
	}
	return t.n, t.handed, err
}

// rawPeek looks at received bytes without consuming them.
type rawPeek struct {
	b   [512]byte
	n   int
	err error
	fn  func(fd uintptr)

	behind bool // conn.behind at that moment
}

// catchUp is the longest that unexpected waits for the reader, in steps of catchUpStep.
const (
	catchUp     = 50 * time.Millisecond
	catchUpStep = 100 * time.Microsecond
)

// unexpected returns an error if the node has closed the connection, or has sent
// something while nothing is in flight. The writer calls it before it takes the requests
// to be written. Bytes that arrived before that are either still in the socket, where it
// finds them; or the reader has read them and, under the same lock, noted conn.handed,
// which does not include these requests yet.
//
// Bytes in the socket may continue a push message whose beginning the reader has. Only the
// reader, which is about to read them, can tell where it ends: unexpected waits for it.
func (c *conn) unexpected() error {
	for waited := time.Duration(0); ; waited += catchUpStep {
		behind, err := c.peekSocket()
		if err == nil || !behind || waited >= catchUp {
			return err
		}
		time.Sleep(catchUpStep)
	}
}

// peekSocket is unexpected for the bytes in the socket alone. behind reports whether they
// follow bytes that the reader has not distributed, so that the error may be wrong.
func (c *conn) peekSocket() (behind bool, err error) {
	if c.raw == nil {
		return false, nil
	}
	p := &c.peek
	if err := c.raw.Control(p.fn); err != nil {
		return false, err
	}
	switch {
	case p.err == syscall.EAGAIN || p.err == syscall.EINTR:
		return false, nil
	case p.err != nil:
		return false, os.NewSyscallError("recvfrom", p.err)
	case p.n == 0:
		return false, errClosedByNode
	}
	seen := readState{buf: p.b[:], w: p.n}
	return p.behind, seen.skipPushes()
}

// tryWrite sends what the socket accepts without blocking.
func (c *conn) tryWrite(b []byte) (int, error) {
	if c.raw == nil {
		return 0, nil
	}
	t := &c.try
	t.b, t.n, t.err = b, 0, nil
	err := c.raw.Write(t.fn)
	t.b = nil
	if err == nil {
		err = t.err
	}
	return t.n, err
}

func writeOnce(fd int, b []byte) (int, error) {
	for {
		n, err := writeSocket(fd, b)
		switch err {
		case nil:
			return n, nil
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
			return 0, nil
		}
		return 0, os.NewSyscallError("write", err)
	}
}

// readOnce returns errAgain when there is nothing to read.
func readOnce(fd int, b []byte) (int, error) {
	for {
		n, err := readSocket(fd, b)
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			return 0, errAgain
		case err != nil:
			return 0, os.NewSyscallError("read", err)
		case n == 0:
			return 0, io.EOF
		}
		return n, nil
	}
}

var errAgain = errors.New("nothing to read")
