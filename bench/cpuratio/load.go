//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// load drives connections to one server from one thread. It allocates nothing while it runs.
type load struct {
	w      work
	d      dialect
	epoll  int
	byFD   map[int32]*client
	files  []*os.File
	in     []byte
	events []unix.EpollEvent
	lazy   bool // see arrived
	busy   int  // connections with a batch under way
	last   bool // no further batches
}

// client is one connection.
type client struct {
	fd    int
	keys  func() uint64
	out   []byte // the batch's requests
	sent  int
	want  int    // bytes of replies still to come
	owed  int    // bytes of replies that have come and are still to be read
	check []byte // the replies, when they are to be compared; otherwise only their length is
	turn  int    // requests so far
}

// newLoad opens the work's connections. keys makes each connection's source of keys.
func newLoad(address string, w work, d dialect, keys func(conn int) func() uint64) (l *load, err error) {
	l = &load{w: w, d: d, byFD: map[int32]*client{}, in: make([]byte, 1<<20), events: make([]unix.EpollEvent, 256),
		lazy: w.depth == 1 && !w.large()}
	interest := uint32(unix.EPOLLIN | unix.EPOLLET&0xffffffff)
	if !l.lazy {
		interest |= unix.EPOLLOUT
	}
	if l.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	for i := range w.conns {
		fd, err := l.dial(address)
		if err != nil {
			return nil, errors.Join(err, l.close())
		}
		size := w.depth * max(len(d.get.text), len(d.set.text))
		l.byFD[int32(fd)] = &client{fd: fd, keys: keys(i), out: make([]byte, 0, size)}
		ev := unix.EpollEvent{Events: interest, Fd: int32(fd)}
		if err := unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, fd, &ev); err != nil {
			return nil, errors.Join(err, l.close())
		}
	}
	return l, nil
}

func (l *load) dial(address string) (fd int, err error) {
	nc, err := net.Dial("tcp", address)
	if err != nil {
		return 0, err
	}
	defer nc.Close() //nolint:errcheck // the duplicate lives on
	f, err := nc.(*net.TCPConn).File()
	if err != nil {
		return 0, err
	}
	l.files = append(l.files, f)
	fd = int(f.Fd())
	return fd, unix.SetNonblock(fd, true)
}

func (l *load) close() error {
	var errs []error
	for _, f := range l.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(append(errs, unix.Close(l.epoll))...)
}

// uniform draws keys of [0, n) for each connection on its own.
func uniform(n int, seed uint64) func(conn int) func() uint64 {
	return func(conn int) func() uint64 {
		r := rand.New(rand.NewPCG(seed, uint64(conn)))
		return func() uint64 { return r.Uint64N(uint64(n)) }
	}
}

// ascending hands out the keys from next on, one by one, to all connections together.
func ascending(next *uint64) func(conn int) func() uint64 {
	return func(int) func() uint64 {
		return func() uint64 { *next++; return *next - 1 }
	}
}

// run makes the load until more says no; it ends when every reply has come. The
// first replies of each connection are compared with what they must be.
func (l *load) run(more func() bool) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	l.last = false
	for _, c := range l.byFD {
		l.busy++
		l.batch(c, true)
		if err := l.write(c); err != nil {
			return err
		}
	}
	for l.busy > 0 {
		n, err := unix.EpollWait(l.epoll, l.events, 5000)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return fmt.Errorf("wait for replies: %w", errors.Join(err, os.ErrDeadlineExceeded))
		}
		if !l.last && !more() {
			l.last = true
		}
		for _, ev := range l.events[:n] {
			if err := l.serve(l.byFD[ev.Fd]); err != nil {
				return err
			}
		}
	}
	return nil
}

// lasting is a run's more for a span of time.
func lasting(span time.Duration) func() bool {
	end := time.Now().Add(span)
	return func() bool { return time.Now().Before(end) }
}

// serve goes on with a connection that something has happened on.
func (l *load) serve(c *client) error {
	if c.want == 0 {
		return nil
	}
	if l.lazy && c.check == nil {
		if err := l.arrived(c); err != nil {
			return err
		}
	} else if err := l.write(c); err != nil {
		return err
	}
	for c.want > 0 {
		n, err := l.read(c)
		if err == unix.EAGAIN {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read replies: %w", err)
		}
		if c.want -= n; c.want < 0 {
			return errors.New("more replies than requests")
		}
	}
	if l.last {
		l.busy--
		return nil
	}
	l.batch(c, false)
	return l.write(c)
}

// lazyReads is how many replies are left unread until they are read at once.
const lazyReads = 16

// arrived takes the event of an edge-triggered poll, of which each arrival makes
// one, for the reply to the one request under way. The reply is left in the socket,
// to be read and counted with others: a read for each would cost the load as much
// as it costs the server, which would wait for the load.
func (l *load) arrived(c *client) error {
	c.owed, c.want = c.owed+c.want, 0
	if !l.last && c.turn%lazyReads != 0 {
		return nil
	}
	n, err := l.read(c)
	if err == nil && n != c.owed {
		err = fmt.Errorf("%d bytes of replies instead of %d", n, c.owed)
	}
	c.owed = 0
	return err
}

// read takes replies. Those of large values are dropped in the kernel, which the
// load's core would spend most of its time copying otherwise.
func (l *load) read(c *client) (n int, err error) {
	flags := 0
	if l.w.large() && c.check == nil {
		flags = unix.MSG_TRUNC
	}
	n, _, err = unix.Recvfrom(c.fd, l.in, flags)
	if err != nil {
		return 0, err
	}
	if n == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	if c.check != nil {
		if n > len(c.check) || !bytes.Equal(c.check[:n], l.in[:n]) {
			return 0, fmt.Errorf("answered %.120q instead of %.120q", l.in[:n], c.check)
		}
		if c.check = c.check[n:]; len(c.check) == 0 {
			c.check = nil
		}
	}
	return n, nil
}

// batch makes the next requests of c.
func (l *load) batch(c *client, check bool) {
	c.out, c.sent, c.want = c.out[:0], 0, 0
	for range l.w.depth {
		r := &l.d.get
		if c.turn++; l.w.sets > 0 && c.turn%l.w.sets == 0 {
			r = &l.d.set
		}
		at, n := len(c.out), c.keys()
		c.out = append(c.out, r.text...)
		putKey(c.out[at+r.digits:], n)
		c.want += len(r.reply)
		if check {
			at := len(c.check)
			if c.check = append(c.check, r.reply...); r.inReply >= 0 {
				putKey(c.check[at+r.inReply:], n)
			}
		}
	}
}

// write sends what the socket takes; an event tells when it takes more.
func (l *load) write(c *client) error {
	for c.sent < len(c.out) {
		n, err := unix.Write(c.fd, c.out[c.sent:])
		if err == unix.EAGAIN {
			return nil
		}
		if err != nil {
			return fmt.Errorf("send requests: %w", err)
		}
		c.sent += n
	}
	return nil
}
