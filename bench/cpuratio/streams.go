//go:build linux

package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// streams is a load of blocking connections, a goroutine each, with TLS or without. It costs more than load,
// whose sockets no TLS can be put upon.
type streams struct {
	w     work
	d     dialect
	conns []*stream
}

// stream is one connection. Only its goroutine touches it while a run lasts.
type stream struct {
	net.Conn
	keys func() uint64
	turn int
	out  []byte
	in   []byte
	want []byte // the replies; built for the first batch of a run
}

// newStreams opens the work's connections to s, with TLS where s has it.
func newStreams(s *server, w work, d dialect, keys func(conn int) func() uint64) (*streams, error) {
	l := &streams{w: w, d: d}
	for i := range w.conns {
		conn, err := s.dialStream()
		if err != nil {
			return nil, errors.Join(err, l.close())
		}
		l.conns = append(l.conns, &stream{Conn: conn, keys: keys(i)})
	}
	return l, nil
}

func (s *server) dialStream() (net.Conn, error) {
	if s.secure == "" {
		return net.Dial("tcp", s.address)
	}
	// Who the server is does not matter here; what the bytes cost does.
	conn, err := tls.Dial("tcp", s.secure, &tls.Config{MinVersion: tls.VersionTLS13, InsecureSkipVerify: true}) //nolint:gosec // as said
	if err != nil {
		return nil, err
	}
	if suite := conn.ConnectionState().CipherSuite; suite != tls.TLS_AES_128_GCM_SHA256 {
		return nil, errors.Join(fmt.Errorf("%s chose %s: figures would compare ciphers", s.name, tls.CipherSuiteName(suite)), conn.Close())
	}
	return conn, nil
}

func (l *streams) close() error {
	var errs []error
	for _, c := range l.conns {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// runTime bounds a run: replies that do not come must not stop everything.
const runTime = 20 * time.Second

// run makes the load until more says no; it ends when every reply has come.
func (l *streams) run(more func() bool) error {
	var (
		wg   sync.WaitGroup
		over atomic.Bool
		errs = make([]error, len(l.conns))
	)
	for i, c := range l.conns {
		if err := c.SetDeadline(time.Now().Add(runTime)); err != nil {
			return err
		}
		wg.Go(func() {
			for first := true; !over.Load(); first = false {
				if errs[i] = l.batch(c, first); errs[i] != nil || !more() {
					over.Store(true)
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// batch sends requests in one write and takes their replies, which are compared when check says so.
func (l *streams) batch(c *stream, check bool) error {
	c.out, c.want = c.out[:0], c.want[:0]
	size := 0
	for range l.w.depth {
		r := &l.d.get
		if c.turn++; l.w.sets > 0 && c.turn%l.w.sets == 0 {
			r = &l.d.set
		}
		at := len(c.out)
		c.out = append(c.out, r.text...)
		putKey(c.out[at+r.digits:], c.keys())
		size += len(r.reply)
		if check {
			c.want = append(c.want, r.reply...)
		}
	}
	if _, err := c.Write(c.out); err != nil {
		return fmt.Errorf("send requests: %w", err)
	}
	if cap(c.in) < size {
		c.in = make([]byte, size)
	}
	for n := 0; n < size; {
		m, err := c.Read(c.in[n:size])
		n += m
		if check && !bytes.Equal(c.in[:n], c.want[:n]) {
			return fmt.Errorf("answered %.120q instead of %.120q", c.in[:n], c.want)
		}
		if err != nil {
			return fmt.Errorf("read replies: %w", err)
		}
	}
	return nil
}
